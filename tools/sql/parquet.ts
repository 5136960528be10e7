/** Writes rows to a Parquet file with the columns' own types, using DuckDB. */
import { DuckDBInstance } from "@duckdb/node-api";
import { uniqueNames } from "./formats.ts";
import type { Column, Result } from "./query.ts";

/** Trino's types that DuckDB calls differently; nested types stay text, as Athena returns them. */
const types: Record<string, string> = {
  varchar: "VARCHAR",
  char: "VARCHAR",
  string: "VARCHAR",
  boolean: "BOOLEAN",
  tinyint: "TINYINT",
  smallint: "SMALLINT",
  integer: "INTEGER",
  bigint: "BIGINT",
  float: "FLOAT",
  real: "FLOAT",
  double: "DOUBLE",
  date: "DATE",
  timestamp: "TIMESTAMP",
  "timestamp with time zone": "TIMESTAMPTZ",
};

/** Writes `path` and returns the number of rows. Throws if a value does not have its column's type. */
export async function writeParquetFile({ columns, rows }: Result, path: string): Promise<number> {
  if (columns.length === 0) throw new Error(`Cannot write ${path}: the statement has no columns`);
  const instance = await DuckDBInstance.create(":memory:");
  try {
    const connection = await instance.connect();
    // Set here, not at the start: time zones are an extension, which has to be loaded first.
    await connection.run("SET TimeZone = 'UTC'");
    const names = uniqueNames(columns).map((name) => `"${name.replaceAll('"', '""')}"`);
    await connection.run(`CREATE TABLE rows (${names.map((name) => `${name} VARCHAR`).join(", ")})`);
    const appender = await connection.createAppender("rows");
    let count = 0;
    for await (const row of rows) {
      for (const value of row) value === null ? appender.appendNull() : appender.appendVarchar(value);
      appender.endRow();
      count++;
    }
    appender.closeSync();
    const typed = columns.map((column, index) => `CAST(${names[index]} AS ${duckdbType(column)}) AS ${names[index]}`);
    await connection.run(
      `COPY (SELECT ${typed.join(", ")} FROM rows) TO '${path.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION snappy)`,
    );
    return count;
  } finally {
    instance.closeSync();
  }
}

function duckdbType({ type }: Column): string {
  return types[type] ?? /^decimal\(\d+,\d+\)$/.exec(type)?.[0] ?? "VARCHAR";
}
