/**
 * Converts NDJSON files to one Parquet file with DuckDB. Each value is read as text and checked before it is cast,
 * because DuckDB would otherwise round 1.5 to 2 in an integer column, or read "yes" as true. A mismatch fails the whole
 * statement, and the caller then looks for the document that caused it.
 */
import { rm } from "node:fs/promises";
import type { Database } from "./database.ts";

/** A column of the Glue table: its name and its Hive type. */
export type Column = { name: string; type: string };
type ColumnRule = { cast: string; pattern?: string };
type Conversion = {
  files: readonly string[];
  columns: readonly Column[];
  /** The longest document that can occur; each thread has DuckDB buffers of twice that size. */
  maxDocumentBytes?: number;
};

/** A conversion failed because of the data, not because of the disk or the memory. */
export class BadDataError extends Error {
  override readonly name = "BadDataError";
}

// Row groups smaller than DuckDB's default of 122,880 keep its memory low; Athena, too, benefits from having a few per
// file.
const rowGroupRows = 20_480;
const defaultMaxDocumentBytes = 2 << 20;

/** Writes the rows of `files` to the Parquet file `target` (SNAPPY) and returns how many there are. */
export async function writeParquet(database: Database, target: string, conversion: Conversion): Promise<number> {
  const options = `FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rowGroupRows}`;
  try {
    return await run(database, `COPY (${selectRows(conversion)}) TO ${quote(target)} (${options})`);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

/** Throws a BadDataError when `writeParquet` would. */
export async function checkRows(database: Database, conversion: Conversion): Promise<void> {
  // Hashing whole rows makes DuckDB evaluate every column.
  await run(database, `SELECT bit_xor(hash(rows)) FROM (${selectRows(conversion)}) AS rows`);
}

/** The statement that reads the rows: each value as text, checked, then cast. */
export function selectRows({ files, columns, maxDocumentBytes = defaultMaxDocumentBytes }: Conversion): string {
  const types = columns.map(({ name }) => `${quote(name)}: 'VARCHAR'`);
  return `SELECT ${columns.map(selectColumn).join(", ")} FROM read_json([${files.map(quote)}], format = 'newline_delimited',
    records = 'true', hive_partitioning = false, maximum_object_size = ${maxDocumentBytes}, columns = {${types}})`;
}

/**
 * The rule for a Hive type. Throws for types that Firehose could write but that are not needed here: decimals, arrays,
 * maps, structs.
 */
export function columnRule(type: string): ColumnRule {
  const rule = rules[type.toLowerCase()];
  if (!rule) throw new Error(`Cannot convert to the column type "${type}": it is not supported here`);
  return rule;
}

const integer = "-?[0-9]+";
const number = "-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?";
const day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";

const rules: Record<string, ColumnRule> = {
  string: { cast: "VARCHAR" },
  bigint: { cast: "BIGINT", pattern: integer },
  int: { cast: "INTEGER", pattern: integer },
  smallint: { cast: "SMALLINT", pattern: integer },
  tinyint: { cast: "TINYINT", pattern: integer },
  double: { cast: "DOUBLE", pattern: number },
  boolean: { cast: "BOOLEAN", pattern: "true|false" },
  date: { cast: "DATE", pattern: day },
  // The one form that collect writes; the slow path converts other forms of a time into it.
  timestamp: { cast: "TIMESTAMP", pattern: `${day}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{3,6}Z` },
};

function selectColumn({ name, type }: Column): string {
  const { cast, pattern } = columnRule(type);
  const column = `"${name.replaceAll('"', '""')}"`;
  if (!pattern) return column;
  return `CASE WHEN regexp_full_match(${column}, '${pattern}') THEN CAST(${column} AS ${cast})
    WHEN ${column} IS NULL THEN NULL ELSE error('Conversion Error: no ${cast}') END AS ${column}`;
}

async function run(database: Database, sql: string): Promise<number> {
  using connection = await database.connect();
  try {
    return (await connection.run(sql)).rowsChanged;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/^(Invalid Input|Conversion|Out of Range) Error/.test(message)) throw new BadDataError(message, { cause });
    throw cause;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
