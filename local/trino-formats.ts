/**
 * Formats of times: Trino writes them as MySQL does (date_parse, date_format) or as Joda does (parse_datetime,
 * format_datetime), DuckDB as C does. DuckDB wants a constant, so a literal format is translated in the query's text.
 * https://trino.io/docs/current/functions/datetime.html
 */
import { AthenaFailure } from "./athena-failure.ts";

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
};
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
  ss: "%S",
  SSS: "%g",
  a: "%p",
  Z: "%z",
};

const fromMysql = (format: string): string => format.replace(/%./g, (part) => mysql[part] ?? part);
/** Runs of one letter are parts of a time, what stands in quotes is text. */
const fromJoda = (format: string): string =>
  format.replace(/'([^']*)'|([A-Za-z])\2*|%/g, (part, text?: string) => {
    if (text !== undefined) return text === "" ? "'" : text;
    const known = part === "%" ? "%%" : joda[part];
    if (known) return known;
    throw new AthenaFailure("INVALID_FUNCTION_ARGUMENT", `Local Athena does not know "${part}" in a time format`);
  });

const translators: Record<string, (format: string) => string> = {
  date_parse: fromMysql,
  date_format: fromMysql,
  parse_datetime: fromJoda,
  format_datetime: fromJoda,
};
/** DuckDB takes a time without a zone as one in that zone, Trino as one in UTC: the answer would be wrong. */
const noAtTimeZone = "Local Athena does not support AT TIME ZONE: use at_timezone(time, zone), which Athena has too";
const quoted = `'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"`;
const calls = new RegExp(`${quoted}|\\b(${Object.keys(translators).join("|")})\\s*\\(|\\bAT\\s+TIME\\s+ZONE\\b`, "gi");

/** The query with the literal formats of these four functions in DuckDB's letters. */
export function translateFormats(query: string): string {
  const edits = [...query.matchAll(calls)].flatMap((match) => {
    if (/^at\s/i.test(match[0])) throw new AthenaFailure("NOT_SUPPORTED", noAtTimeZone);
    const translate = translators[match[1]?.toLowerCase() ?? ""];
    return translate ? [{ ...lastArgument(query, match.index + match[0].length), translate }] : [];
  });
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce(
      (text, { start, end, translate }) =>
        text.slice(0, start) + literal(text.slice(start, end), translate) + text.slice(end),
      query,
    );
}

/** Where the last argument of the call stands whose arguments begin at `from`. */
function lastArgument(query: string, from: number): { start: number; end: number } {
  let start = from;
  let depth = 0;
  for (const { 0: token, index } of query.slice(from).matchAll(new RegExp(`${quoted}|[(),\\[\\]]`, "g"))) {
    if (token === "," && depth === 0) start = from + index + 1;
    if (token === "(" || token === "[") depth++;
    if ((token === ")" || token === "]") && depth-- === 0) return { start, end: from + index };
  }
  throw new AthenaFailure("SYNTAX_ERROR", "line 1:1: missing ')'");
}

function literal(argument: string, translate: (format: string) => string): string {
  const text = argument.trim();
  if (!/^'[^']*(?:''[^']*)*'$/.test(text))
    throw new AthenaFailure("NOT_SUPPORTED", `Local Athena needs a literal as the format of a time: ${text}`);
  return ` '${translate(text.slice(1, -1).replaceAll("''", "'")).replaceAll("'", "''")}'`;
}
