/**
 * Results as Athena stores and returns them: a CSV file in which every value is a quoted text and NULL is an empty
 * field, read back in pages. The texts are formatted like Trino's.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from "@duckdb/node-api";
import type { Translation } from "../trino/translate.ts";
import { inner, isFloating, isInterval, monthInterval, type Type, unknown } from "../trino/types.ts";
import { AthenaFailure } from "./failure.ts";

/** Precision and scale of a decimal; other types have their maximum. */
export type ColumnInfo = { Name: string; Type: string; Precision?: number; Scale?: number };
/** A row on the wire; a NULL has no VarCharValue. */
export type Row = { Data: { VarCharValue?: string }[] };

const flushAt = 1 << 20;

/** Runs a query's DuckDB SQL and writes its rows, after a header, to `path`; returns its columns. */
export async function writeResults(
  connection: DuckDBConnection,
  sql: string,
  path: string,
  columns: Translation["columns"],
): Promise<ColumnInfo[]> {
  const result = await connection.stream(sql);
  await writeLines(path, async (write) => {
    await write(csvLine(columns.map(({ name }) => name)));
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      for (const row of chunk.getRows())
        await write(csvLine(row.map((value, index) => trinoText(value, columns[index]?.type ?? unknown))));
  });
  return columns.map(columnInfo);
}

/** Writes rows without a header, such as those of SHOW PARTITIONS. */
export async function writeTexts(texts: string[], path: string): Promise<void> {
  await writeLines(path, async (write) => {
    for (const text of texts) await write(csvLine([text]));
  });
}

async function writeLines(
  path: string,
  fill: (write: (line: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Not visible in a listing of the bucket before it is complete.
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  const file = await open(temporary, "w");
  let waiting: string[] = [];
  let size = 0;
  const flush = async () => {
    await file.writeFile(waiting.join(""));
    [waiting, size] = [[], 0];
  };
  try {
    await fill(async (line) => {
      waiting.push(line);
      size += line.length;
      if (size > flushAt) await flush();
    });
    await flush();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

function csvLine(values: (string | null)[]): string {
  return `${values.map((value) => (value === null ? "" : `"${value.replaceAll('"', '""')}"`)).join(",")}\n`;
}

/** Up to `max` rows from byte `offset` on, and where the next page begins; undefined at the end. */
export async function readResults(
  path: string,
  offset: number,
  max: number,
): Promise<{ rows: Row[]; next: number | undefined }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const rows: Row[] = [];
    let position = offset;
    let block = Buffer.alloc(0);
    while (rows.length < max && position + block.length < size) {
      block = Buffer.concat([block, await readBlock(file, position + block.length)]);
      const used = takeRows(block, rows, max);
      position += used;
      block = block.subarray(used);
    }
    return { rows, next: position < size ? position : undefined };
  } finally {
    await file.close();
  }
}

async function readBlock(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(1 << 16), 0, 1 << 16, position);
  return buffer.subarray(0, bytesRead);
}

/**
 * Takes whole lines from the start of `block`; returns their length in bytes. Quoted values may contain line breaks.
 */
function takeRows(block: Buffer, rows: Row[], max: number): number {
  let start = 0;
  let quoted = false;
  for (let i = 0; i < block.length && rows.length < max; i++) {
    if (block[i] === 0x22) quoted = !quoted;
    else if (block[i] === 0x0a && !quoted) {
      rows.push(parseLine(block.toString("utf8", start, i)));
      start = i + 1;
    }
  }
  return start;
}

function parseLine(line: string): Row {
  const fields = line.matchAll(/(?:"([^"]*(?:""[^"]*)*)"|)(?:,|$)/gy);
  const Data = [...fields].map(([, text]) => (text === undefined ? {} : { VarCharValue: text.replaceAll('""', '"') }));
  // The end of the line also matches as an empty field, but only after a comma is it one.
  if (Data.length > 1 && !line.endsWith(",")) Data.pop();
  return { Data };
}

function columnInfo({ name, type }: Translation["columns"][number]): ColumnInfo {
  const { precision: Precision, scale: Scale } = type;
  const isDecimal = type.name === "decimal" && Precision !== undefined && Scale !== undefined;
  return { Name: name, Type: type.name === "real" ? "float" : type.name, ...(isDecimal && { Precision, Scale }) };
}

/** A value as Trino writes it; null for NULL. */
function trinoText(value: DuckDBValue, type: Type): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return isFloating(type) ? floatingText(value, type) : String(value);
  if (typeof value === "bigint") return isInterval(type) ? intervalText(value, type) : String(value);
  if (value instanceof DuckDBTimestampTZValue) return `${timeText(localMicros(value.micros, type), type)} ${type.zone}`;
  if (value instanceof DuckDBTimestampValue) return timeText(value.micros, type);
  if (value instanceof DuckDBDateValue) return isoText(value.days * 86_400_000).slice(0, 10);
  if (value instanceof DuckDBBlobValue)
    return Buffer.from(value.bytes)
      .toString("hex")
      .replace(/..(?!$)/g, "$& ");
  if (value instanceof DuckDBListValue) return `[${value.items.map((item) => nested(item, inner(type))).join(", ")}]`;
  if (value instanceof DuckDBMapValue)
    return `{${value.entries.map((entry) => `${nested(entry.key, inner(type))}=${nested(entry.value, inner(type, 1))}`).join(", ")}}`;
  if (value instanceof DuckDBStructValue)
    return `{${Object.entries(value.entries)
      .map(([key, item], i) => `${key}=${nested(item, inner(type, i))}`)
      .join(", ")}}`;
  return String(value);
}

function nested(value: DuckDBValue, type: Type): string {
  return trinoText(value, type) ?? "null";
}

/** Milliseconds as days and a time, months as years and months. */
function intervalText(value: bigint, { name }: Type): string {
  const sign = value < 0n ? "-" : "";
  const size = value < 0n ? -value : value;
  if (name === monthInterval.name) return `${sign}${size / 12n}-${size % 12n}`;
  return `${sign}${size / 86_400_000n} ${new Date(Number(size % 86_400_000n)).toISOString().slice(11, 23)}`;
}

/** An instant in the local time of its zone. */
function localMicros(micros: bigint, { zone = "UTC" }: Type): bigint {
  if (zone === "UTC") return micros;
  const ms = micros / 1000n;
  const parts = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  const local = Date.parse(`${parts.format(Number(ms)).replace(" ", "T")}Z`);
  if (Number.isNaN(local)) throw unwritten();
  return BigInt(local) * 1000n + (micros % 1_000_000n);
}

function floatingText(value: number, { name }: Type): string {
  return doubleText(name === "real" ? shortest(value) : value);
}

/** The number with the fewest digits that is the same in 32 bits. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return rounded;
  }
  return value;
}

/** A double as Java writes it: `1.0`, and `1.0E7` from 10^7 on and below 10^-3. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (Object.is(value, -0)) return "-0.0";
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? value.toFixed(1) : String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** Milliseconds since 1970 as ISO text; fails for years that do not have four digits, which would have a sign. */
function isoText(ms: number): string {
  const text = Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : "";
  if (!/^(?!0000)\d{4}-/.test(text)) throw unwritten();
  return text;
}

function unwritten(): AthenaFailure {
  return new AthenaFailure("NOT_SUPPORTED", "Local Athena does not write years before 0001 and after 9999");
}

/** With as many fractional digits of a second as the type has. */
function timeText(micros: bigint, { precision = 3 }: Type): string {
  const seconds = Number(micros / 1_000_000n) * 1000 - (micros % 1_000_000n < 0n ? 1000 : 0);
  const fraction = String(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n).padStart(6, "0");
  const text = isoText(seconds).slice(0, 19).replace("T", " ");
  return precision === 0 ? text : `${text}.${fraction.slice(0, precision)}`;
}
