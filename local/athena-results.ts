/**
 * Results as Athena keeps and hands them out: a CSV file in which every value is quoted text and NULL is nothing at all,
 * read back in pages. The texts are Trino's. https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDateValue,
  DuckDBDecimalType,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import { AthenaFailure } from "./athena-failure.ts";

/** Precision and scale are those of decimals; other types have their widest. */
export type ColumnInfo = { Name: string; Type: string; Precision?: number; Scale?: number };
/** A row as it goes over the wire; a NULL has no VarCharValue. */
export type Row = { Data: { VarCharValue?: string }[] };

const flushAt = 1 << 20;

/** Runs a query and writes its rows, the header first, to `path`; returns its columns, under `names` if given. */
export async function writeResults(
  connection: DuckDBConnection,
  query: string,
  path: string,
  names?: string[],
): Promise<ColumnInfo[]> {
  const result = await connection.stream(query);
  const types = result.columnTypes();
  const columns = (names ?? result.columnNames()).map((Name, index) => columnInfo(Name, types[index]));
  await writeLines(path, async (write) => {
    await write(csvLine(columns.map(({ Name }) => Name)));
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
      for (const row of chunk.getRows())
        await write(csvLine(row.map((value, index) => trinoText(value, types[index]))));
  });
  return columns;
}

/** Writes rows without a header, as those of SHOW PARTITIONS. */
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
  // Not seen in a listing of the bucket before it is whole.
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

/** Up to `max` rows from the byte `offset` on, and where the next page begins; undefined at the end. */
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

/** Takes whole lines from the front of `block`; returns how many bytes they were. A line may hold line breaks in quotes. */
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
  // The end of the line also matches as an empty field, except after a comma, where it is one.
  if (Data.length > 1 && !line.endsWith(",")) Data.pop();
  return { Data };
}

const typeNames = new Map<DuckDBTypeId, string>([
  [DuckDBTypeId.BOOLEAN, "boolean"],
  [DuckDBTypeId.TINYINT, "tinyint"],
  [DuckDBTypeId.SMALLINT, "smallint"],
  [DuckDBTypeId.INTEGER, "integer"],
  [DuckDBTypeId.BIGINT, "bigint"],
  [DuckDBTypeId.HUGEINT, "bigint"],
  [DuckDBTypeId.UBIGINT, "bigint"],
  [DuckDBTypeId.FLOAT, "float"],
  [DuckDBTypeId.DOUBLE, "double"],
  [DuckDBTypeId.DECIMAL, "decimal"],
  [DuckDBTypeId.DATE, "date"],
  [DuckDBTypeId.TIMESTAMP, "timestamp"],
  [DuckDBTypeId.TIMESTAMP_MS, "timestamp"],
  [DuckDBTypeId.TIMESTAMP_TZ, "timestamp with time zone"],
  [DuckDBTypeId.BLOB, "varbinary"],
  [DuckDBTypeId.LIST, "array"],
  [DuckDBTypeId.MAP, "map"],
  [DuckDBTypeId.STRUCT, "row"],
]);

function columnInfo(Name: string, type: DuckDBType | undefined): ColumnInfo {
  const isDecimal = type instanceof DuckDBDecimalType;
  return { Name, Type: athenaType(type), ...(isDecimal && { Precision: type.width, Scale: type.scale }) };
}

function athenaType(type: DuckDBType | undefined): string {
  return (type && typeNames.get(type.typeId)) ?? "varchar";
}

const maxBigint = 2n ** 63n;

/** A value as Trino writes it; null for NULL. */
function trinoText(value: unknown, type?: DuckDBType): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return type && !isFloating(type) ? String(value) : doubleText(value);
  if (typeof value === "bigint") return integerText(value);
  if (value instanceof DuckDBTimestampTZValue) return `${timeText(value.micros)} UTC`;
  if (value instanceof DuckDBTimestampValue) return timeText(value.micros);
  if (value instanceof DuckDBDateValue) return new Date(value.days * 86_400_000).toISOString().slice(0, 10);
  if (value instanceof DuckDBBlobValue)
    return Buffer.from(value.bytes)
      .toString("hex")
      .replace(/..(?!$)/g, "$& ");
  if (value instanceof DuckDBListValue) return `[${value.items.map((item) => nestedText(item)).join(", ")}]`;
  if (value instanceof DuckDBMapValue)
    return `{${value.entries.map((entry) => `${nestedText(entry.key)}=${nestedText(entry.value)}`).join(", ")}}`;
  if (value instanceof DuckDBStructValue)
    return `{${Object.entries(value.entries)
      .map(([key, item]) => `${key}=${nestedText(item)}`)
      .join(", ")}}`;
  return String(value);
}

function nestedText(value: unknown): string {
  // Within a list the type is not at hand: a number that is whole is shown as an integer.
  if (typeof value === "number" && Number.isInteger(value)) return String(value);
  return trinoText(value) ?? "null";
}

function isFloating({ typeId }: DuckDBType): boolean {
  return typeId === DuckDBTypeId.DOUBLE || typeId === DuckDBTypeId.FLOAT;
}

/** A sum of bigints is wider in DuckDB; in Trino it overflows. */
function integerText(value: bigint): string {
  if (value >= maxBigint || value < -maxBigint)
    throw new AthenaFailure("NUMERIC_VALUE_OUT_OF_RANGE", `bigint overflow: ${value}`);
  return String(value);
}

/** As Java writes a double: `1.0`, and `1.0E7` from 10^7 on and below 10^-3. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? value.toFixed(1) : String(value);
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${Number(exponent)}`;
}

function timeText(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString().replace("T", " ").replace("Z", "");
}
