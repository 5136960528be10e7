/** The text formats for printing rows; Parquet, which is binary, is in parquet.ts. */
import type { Column, Result, Row } from "./query.ts";

export const formatNames = ["table", "csv", "json", "parquet"] as const;
export type Format = (typeof formatNames)[number];
export type TextFormat = Exclude<Format, "parquet">;
/** Turns a result into pieces of text, in order. */
type Writer = (result: Result) => AsyncGenerator<string>;

/** A table's columns are as wide as the first rows need, so that it can begin before the last row has arrived. */
const measuredRows = 1000;
const widestCell = 60;

export const writers = { table: writeTable, csv: writeCsv, json: writeJson } satisfies Record<TextFormat, Writer>;

const numeric = /^(tinyint|smallint|integer|int|bigint|decimal|double|float|real)/;

async function* writeTable({ columns, rows }: Result): AsyncGenerator<string> {
  if (columns.length === 0) return;
  const first: Row[] = [];
  const rest = rows[Symbol.asyncIterator]();
  for (let next = await rest.next(); !next.done; next = await rest.next()) {
    first.push(next.value);
    if (first.length === measuredRows) break;
  }
  const widths = columns.map(({ name }, index) =>
    Math.max(widthOf(name), ...first.map((row) => Math.min(widestCell, widthOf(cell(row[index]))))),
  );
  const line = (row: (string | null)[]) =>
    `${row
      .map((value, index) => pad(cell(value), widths[index] ?? 0, isNumber(columns[index])))
      .join("  ")
      .trimEnd()}\n`;
  yield line(columns.map(({ name }) => name));
  yield `${widths.map((width) => "─".repeat(width)).join("  ")}\n`;
  for (const row of first) yield line(row);
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield line(next.value);
}

function isNumber(column: Column | undefined): boolean {
  return numeric.test(column?.type ?? "");
}

/** A value on one line, without anything that a terminal would take for a command. */
function cell(value: string | null | undefined): string {
  if (value === null || value === undefined) return "NULL";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  const text = value.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => escapes[character] ?? "�");
  return text;
}

const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function pad(text: string, width: number, isRight: boolean): string {
  const blanks = " ".repeat(Math.max(0, width - widthOf(text)));
  return isRight ? blanks + text : text + blanks;
}

/** Columns on a terminal: East Asian characters and emoji take two, combining characters none. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += /\p{M}|\u200d|\ufe0f/u.test(character) ? 0 : wide.test(character) ? 2 : 1;
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** As Athena writes it: every value in quotes; NULL is empty, without quotes. */
async function* writeCsv({ columns, rows }: Result): AsyncGenerator<string> {
  const line = (row: Row) =>
    `${row.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",")}\n`;
  if (columns.length > 0) yield line(columns.map(({ name }) => name));
  for await (const row of rows) yield line(row);
}

/**
 * An array of objects. Numbers are written digit for digit, however large; values that are no JSON number become text.
 */
async function* writeJson({ columns, rows }: Result): AsyncGenerator<string> {
  const names = uniqueNames(columns).map((name) => JSON.stringify(name));
  let before = "[\n";
  for await (const row of rows) {
    const members = columns.map((column, index) => `${names[index]}:${jsonValue(row[index] ?? null, column)}`);
    yield `${before}{${members.join(",")}}`;
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

function jsonValue(value: string | null, column: Column): string {
  if (value === null) return "null";
  if (column.type === "boolean") return value;
  const isJsonNumber = isNumber(column) && /^-?(0|[1-9]\d*)(\.\d+)?(E-?\d+)?$/i.test(value);
  return isJsonNumber ? value : JSON.stringify(value);
}

/** Unique column names, for formats that need them; in SQL several columns may have the same name. */
export function uniqueNames(columns: Column[]): string[] {
  const seen = new Set<string>();
  return columns.map(({ name }) => {
    let unique = name;
    for (let count = 2; seen.has(unique.toLowerCase()); count++) unique = `${name}_${count}`;
    seen.add(unique.toLowerCase());
    return unique;
  });
}
