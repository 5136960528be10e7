/**
 * Time formats: Trino writes them as MySQL does (date_parse, date_format) or as Joda does (parse_datetime,
 * format_datetime), DuckDB as C does.
 * https://trino.io/docs/476/functions/datetime.html
 */
import { invalidArgument, notSupported } from "../typed.ts";

const mysql: Record<string, string> = {
  "%T": "%H:%M:%S",
  "%r": "%I:%M:%S %p",
  "%M": "%B",
  "%i": "%M",
  "%s": "%S",
  "%W": "%A",
  "%c": "%-m",
  "%e": "%-d",
  "%k": "%-H",
  "%l": "%-I",
  "%h": "%I",
  "%v": "%V",
  "%x": "%G",
};
/** Letters that mean the same in both. */
const same = new Set("abdfHIjmpSYy%");
/** Letters that DuckDB parses differently: a year without its century, fractions of a second, weeks. */
const notParsed = /^%[yfvxWaj]$/;

const joda: Record<string, string> = {
  yyyy: "%Y",
  yy: "%y",
  MMMM: "%B",
  MMM: "%b",
  MM: "%m",
  M: "%-m",
  EEEE: "%A",
  EEE: "%a",
  dd: "%d",
  d: "%-d",
  HH: "%H",
  H: "%-H",
  hh: "%I",
  h: "%-I",
  mm: "%M",
  m: "%-M",
  ss: "%S",
  s: "%-S",
  SSS: "%g",
  a: "%p",
};
const jodaParsed = new Set(["yyyy", "MM", "dd", "HH", "mm", "ss"]);

/** DuckDB's format for MySQL's letters. */
export function fromMysql(format: string, parses: boolean): string {
  return format.replace(/%.?/gs, (part) => {
    if (/^%[DUuVwX]$/.test(part)) throw invalidArgument(`${part} not currently supported in date format string`);
    const own = mysql[part] ?? (same.has(part[1] ?? "") ? part : undefined);
    if (own === undefined || (parses && notParsed.test(part))) throw notSupported(`"${part}" in this format of a time`);
    return own;
  });
}

/** The same for Joda's: runs of one letter are parts of a time; quoted parts are text. */
export function fromJoda(format: string, parses: boolean): string {
  return format.replace(/'([^']*)'|([A-Za-z])\2*|%/g, (part, text?: string) => {
    if (text !== undefined) return text === "" ? "'" : text.replaceAll("%", "%%");
    if (part === "%") return "%%";
    const own = joda[part];
    if (own === undefined || (parses && !jodaParsed.has(part)))
      throw notSupported(`"${part}" in this format of a time`);
    return own;
  });
}
