/**
 * What Firehose's OpenX JSON SerDe makes of a record, document by document. This is the slow path of the conversion,
 * taken only for files that the fast one (parquet.ts) refuses. A good document becomes a line that the fast path can
 * read.
 * https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion.html
 */
import { type Column, columnRule } from "../../duckdb/parquet.ts";

export type Converted = { text: string } & ({ row: string } | Refusal);
export type Refusal = { code: ConversionCode; message: string };
type ConversionCode = "DataFormatConversion.ParseError" | "DataFormatConversion.MalformedData";
type Convert = (value: unknown) => unknown;

// Node has both since V8 11.4; TypeScript's ES2024 does not name them.
// https://github.com/tc39/proposal-json-parse-with-source
declare global {
  interface JSON {
    rawJSON(text: string): { readonly rawJSON: string };
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  }
}

/** Compiles the converter for a table. It takes the text of one record, which may contain any number of documents. */
export function compileConverter(columns: readonly Column[]): (record: string) => Converted[] {
  const converters = columns.map(({ name, type }) => ({ name, convert: converterFor(type) }));
  return (record) => {
    const documents = splitDocuments(record);
    if (documents.length === 0)
      return [{ text: record, ...refuse("The record was empty or contained only whitespace.") }];
    return documents.map((text) => ({ text, ...convertDocument(text, converters) }));
  };
}

/**
 * Splits concatenated JSON into its documents, with or without white space between them. Where no document can be made
 * out, the rest of the line is returned as one that will not parse, and splitting continues with the next line: a bad
 * line does not affect the others.
 */
export function splitDocuments(record: string): string[] {
  const documents: string[] = [];
  // Each failed search has read the record to its end, so a record full of half documents must not cause many of them.
  let searches = 10;
  for (let at = skipSpace(record, 0); at < record.length; ) {
    let stop = lineEnd(record, at);
    if (searches > 0 && !isJson(record.slice(at, stop))) {
      const end = documentEnd(record, at);
      if (end === undefined) searches--;
      else stop = end;
    }
    documents.push(record.slice(at, stop).trimEnd());
    at = skipSpace(record, stop);
  }
  return documents;
}

const integers: Record<string, [bigint, bigint]> = {
  tinyint: [-(2n ** 7n), 2n ** 7n - 1n],
  smallint: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
};
const converters: Record<string, Convert> = {
  string: toText,
  boolean: toBoolean,
  timestamp: toTimestamp,
  date: toDate,
  double: toDouble,
};

function converterFor(type: string): Convert {
  columnRule(type);
  const range = integers[type.toLowerCase()];
  return range ? (value) => toInteger(value, range) : (converters[type.toLowerCase()] ?? toText);
}

function convertDocument(text: string, columns: readonly { name: string; convert: Convert }[]) {
  const parsed = parseDocument(text);
  if (parsed === undefined) return parseError;
  if (!isRecord(parsed))
    return refuse("Data does not match the schema. A primitive or array at the top level is no row.");
  try {
    const row: Record<string, unknown> = Object.create(null);
    for (const { name, convert } of columns) {
      const value = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
      if (value !== undefined && value !== null) row[name] = convert(value);
    }
    return { row: JSON.stringify(row) };
  } catch (error) {
    // Not only a mismatch: JSON that is nested too deeply to be written again is a RangeError.
    return refuse(`Data does not match the schema. ${error instanceof Error ? error.message : error}`);
  }
}

const parseError = { code: "DataFormatConversion.ParseError", message: "Encountered malformed JSON." } as const;

function refuse(message: string) {
  return { code: "DataFormatConversion.MalformedData", message } as const;
}

/** A number as it was written: JSON.parse would round numbers beyond 2^53. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): unknown {
    return JSON.rawJSON(this.text);
  }
}

/** The value with its numbers as they were written; undefined if the text is not JSON. */
function parseDocument(text: string): unknown {
  try {
    return JSON.parse(text, (_key, value, context) =>
      typeof value === "number" && context.source !== undefined ? new NumberText(context.source) : value,
    );
  } catch {
    return undefined;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
}

/** Objects and arrays go into a string column as JSON text. A lone surrogate has no UTF-8 form, and becomes U+FFFD. */
function toText(value: unknown): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).toWellFormed();
}

function toInteger(value: unknown, [min, max]: [bigint, bigint]): unknown {
  const text = match(value, /^-?\d+$/);
  const number = BigInt(text);
  if (number < min || number > max) throw mismatch(value);
  return JSON.rawJSON(String(number));
}

function toDouble(value: unknown): string {
  const text = match(value, /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/);
  if (!Number.isFinite(Number(text))) throw mismatch(value);
  return text;
}

function toBoolean(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  return match(value, /^(true|false)$/i).toLowerCase() === "true";
}

/**
 * ISO 8601 with `Z`, SQL's form without a zone, or an epoch: seconds if below 10^12, otherwise milliseconds. An offset
 * such as `+09:00` is refused, as in Firehose.
 */
function toTimestamp(value: unknown): string {
  const text = match(value, /^[-\d.: TZeE+]{1,40}$/);
  const iso = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(\.\d{1,9})?Z$/.exec(text);
  const sql = iso ?? /^(\d{4}-\d{1,2}-\d{1,2}) (\d{2}:\d{2}:\d{2})(\.\d{1,9})?$/.exec(text);
  if (sql) return checkTime(text, sql[1] ?? "", `${sql[2]}${(sql[3] ?? ".").padEnd(4, "0").slice(0, 7)}`);
  const epoch = Number(match(value, /^-?\d+(\.\d+)?([eE]\d+)?$/));
  const time = new Date(Math.abs(epoch) < 1e12 ? epoch * 1000 : epoch);
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 || time.getUTCFullYear() < 0) throw mismatch(value);
  return time.toISOString();
}

function toDate(value: unknown): string {
  return checkTime(toText(value), match(value, /^\d{4}-\d{2}-\d{2}$/), "00:00:00.000").slice(0, 10);
}

function checkTime(text: string, date: string, time: string): string {
  const [year = "", month = "", day = ""] = date.split("-");
  const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}T${time}Z`;
  const parsed = new Date(iso);
  // Date would read 30 February as 2 March, and 24:00 as the next day.
  if (Number.isNaN(parsed.getTime()) || parsed.toISOString().slice(0, 19) !== iso.slice(0, 19)) throw mismatch(text);
  return iso;
}

function match(value: unknown, pattern: RegExp): string {
  const text = value instanceof NumberText ? value.text : value;
  if (typeof text === "string" && pattern.test(text)) return text;
  throw mismatch(value);
}

function mismatch(value: unknown): Error {
  return new Error(`For input string: "${toText(value).slice(0, 200)}"`);
}

/** Where the object or array that starts at `at` ends; undefined if it does not end, or is neither. */
function documentEnd(text: string, at: number): number | undefined {
  if (text[at] !== "{" && text[at] !== "[") return undefined;
  let depth = 0;
  for (const token = /["{}[\]]/g; ; ) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (!found) return undefined;
    at = found.index + 1;
    if (found[0] === '"') at = stringEnd(text, at);
    else if (found[0] === "{" || found[0] === "[") depth++;
    else if (--depth === 0) return at;
    if (at > text.length) return undefined;
  }
}

function stringEnd(text: string, at: number): number {
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return text.length + 1;
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && " \t\r\n".includes(text[at] ?? "")) at++;
  return at;
}
