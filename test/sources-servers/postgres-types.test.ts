/**
 * What each PostgreSQL type becomes, and which values it cannot represent: rows of a real server, copied out, written
 * as Parquet and read by DuckDB, compared with what the server says.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Column, columnNames } from "../../src/snapshot/column.ts";
import { writeRows } from "../../src/snapshot/write-rows.ts";
import { copiedRows } from "../../src/sources/postgres/copy-lines.ts";
import { readColumn } from "../../src/sources/postgres/read-column.ts";
import * as sql from "../../src/sources/postgres/statements.ts";
import { tallyProblem } from "../../src/sources/rows/tally.ts";
import { type Postgres, startPostgres } from "../../tools/servers/postgres.ts";

const stack = new AsyncDisposableStack();
let server: Postgres;
let client: pg.Client;
let folder: string;
beforeAll(async () => {
  server = stack.use(await startPostgres());
  client = await server.connect();
  stack.defer(() => client.end());
  folder = await mkdtemp(join(tmpdir(), "daymark-types-"));
  stack.defer(() => rm(folder, { recursive: true }));
  await client.query("CREATE EXTENSION hstore");
  await client.query("CREATE TYPE mood AS ENUM ('calm', 'busy')");
  await client.query("CREATE TYPE pair AS (a int, b text)");
  await client.query("CREATE DOMAIN cents AS numeric(12, 2) CHECK (value >= 0)");
  await client.query("CREATE DOMAIN price AS cents");
  // The session as snapshots configure it, whatever the server's own settings were.
  await client.query("SET TimeZone = 'Asia/Seoul'; SET DateStyle = 'German'; SET bytea_output = 'escape'");
  const settings = Object.entries(sql.sessionSettings);
  await client.query(sql.setSession, [settings.map(([name]) => name), settings.map(([, value]) => value)]);
});
afterAll(() => stack.disposeAsync());

/** Copies a table out as a snapshot does; returns DuckDB's rows, all values as texts, and the types of its columns. */
async function snapshot(table: string) {
  const { rows: columns } = await client.query<sql.CatalogColumn>(sql.findColumns, [[`public.${table}`]]);
  const names = columnNames(columns.map(({ name }) => name));
  const read: Column[] = columns.map((column, i) => ({ name: names[i] ?? "", ...readColumn(column) }));
  const relation = { schema: "public", relation: table, kind: "r" };
  const part = { from: 0, to: undefined };
  const counted = await client.query(
    sql.tallyPart(
      relation,
      columns.map((c) => ({ name: c.name, notNull: String(c.notNull) === "true" })),
      part,
    ),
  );
  const chunks = client.query(
    copyTo(
      sql.copyPart(
        relation,
        columns.map(({ name }) => name),
        part,
      ),
    ),
  );
  const files: string[] = [];
  const written = await writeRows(copiedRows(chunks), read, async (bytes) => {
    const path = join(folder, `${table}-${files.push("")}.parquet`);
    files[files.length - 1] = path;
    await writeFile(path, bytes);
  });
  const duckdb = await DuckDBInstance.create();
  const connection = await duckdb.connect();
  const list = `read_parquet([${files.map((file) => `'${file}'`).join(", ")}])`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${list}`);
  const types = Object.fromEntries(described.getRowsJS().map(([name, type]) => [String(name), String(type)]));
  const read2 = await connection.runAndReadAll(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ${list}`);
  connection.closeSync();
  const { rows, nulls, checksum } = counted.rows[0];
  return { types, rows: read2.getRowsJS(), written, counted: { rows: Number(rows), nulls: Number(nulls), checksum } };
}

/**
 * PostgreSQL's type, values in its syntax, the type in the lake, and the values there; null with what is kept if it
 * cannot represent one.
 */
const cases: [type: string, lake: string, values: [sql: string, stored: string | null, kept?: string][]][] = [
  [
    "numeric(12, 2)",
    "DECIMAL(12,2)",
    [
      ["12.50", "12.50"],
      ["-0.01", "-0.01"],
      ["'NaN'", null, "NaN"],
    ],
  ],
  [
    "numeric(38, 10)",
    "DECIMAL(38,10)",
    [["1234567890123456789012345678.0123456789", "1234567890123456789012345678.0123456789"]],
  ],
  [
    "numeric",
    "VARCHAR",
    [
      ["1e-40", "0.0000000000000000000000000000000000000001"],
      ["'NaN'", "NaN"],
      ["'Infinity'", "Infinity"],
    ],
  ],
  [
    "numeric(50, 2)",
    "VARCHAR",
    [["123456789012345678901234567890123456789012.25", "123456789012345678901234567890123456789012.25"]],
  ],
  ["numeric(3, -2)", "VARCHAR", [["12345", "12300"]]],
  ["price", "DECIMAL(12,2)", [["9.90", "9.90"]]],
  ["smallint", "BIGINT", [["-32768", "-32768"]]],
  ["integer", "BIGINT", [["2147483647", "2147483647"]]],
  [
    "bigint",
    "BIGINT",
    [
      ["9223372036854775807", "9223372036854775807"],
      ["-9223372036854775808", "-9223372036854775808"],
      ["9007199254740993", "9007199254740993"],
    ],
  ],
  ["oid", "BIGINT", [["4294967295", "4294967295"]]],
  [
    "real",
    "DOUBLE",
    [
      ["0.1", "0.1"],
      ["16777217", "1.6777216e+07".replace("1.6777216e+07", "16777216.0")],
      ["'NaN'", "nan"],
    ],
  ],
  [
    "double precision",
    "DOUBLE",
    [
      ["0.1", "0.1"],
      ["1e308", "1e+308"],
      ["'NaN'", "nan"],
      ["'-Infinity'", "-inf"],
      ["5e-324", "5e-324"],
    ],
  ],
  [
    "boolean",
    "BOOLEAN",
    [
      ["true", "true"],
      ["false", "false"],
    ],
  ],
  [
    "timestamptz",
    "TIMESTAMP WITH TIME ZONE",
    [
      ["'2026-11-25 10:06:03.123456+09'", "2026-11-25 01:06:03.123456+00"],
      ["'1900-01-01 00:00:00+00'", "1900-01-01 00:00:00+00"],
      ["'infinity'", null, "infinity"],
      ["'0044-03-15 12:00:00+00 BC'", null, "0044-03-15 12:00:00+00 BC"],
      ["'10000-01-01 00:00:00+00'", null, "10000-01-01 00:00:00+00"],
    ],
  ],
  [
    "timestamp",
    "TIMESTAMP",
    [
      ["'2026-11-25 10:06:03.000001'", "2026-11-25 10:06:03.000001"],
      ["'-infinity'", null, "-infinity"],
      ["'9999-12-31 23:59:59.999999'", "9999-12-31 23:59:59.999999"],
    ],
  ],
  [
    "date",
    "DATE",
    [
      ["'2024-02-29'", "2024-02-29"],
      ["'0001-01-01'", "0001-01-01"],
      ["'infinity'", null, "infinity"],
      ["'4713-01-01 BC'", null, "4713-01-01 BC"],
    ],
  ],
  [
    "time",
    "VARCHAR",
    [
      ["'24:00:00'", "24:00:00"],
      ["'10:06:03.123456'", "10:06:03.123456"],
    ],
  ],
  ["timetz", "VARCHAR", [["'10:06:03+09'", "10:06:03+09"]]],
  [
    "interval",
    "VARCHAR",
    [
      ["'1 year 2 mons 3 days 04:05:06.789'", "P1Y2M3DT4H5M6.789S"],
      ["'-1 day'", "P-1D"],
    ],
  ],
  ["json", "VARCHAR", [[`'{"n": 9007199254740993, "n": 1}'`, `{"n": 9007199254740993, "n": 1}`]]],
  ["jsonb", "VARCHAR", [[`'{"n": 9007199254740993.10}'`, `{"n": 9007199254740993.10}`]]],
  [
    "integer[]",
    "BIGINT[]",
    [
      ["'{1,NULL,3}'", "[1, NULL, 3]"],
      ["'{}'", "[]"],
      ["'[0:1]={1,2}'", null, "[0:1]={1,2}"],
      ["'{{1,2},{3,4}}'", null, "{{1,2},{3,4}}"],
    ],
  ],
  [
    "numeric(5, 1)[]",
    "DECIMAL(5,1)[]",
    [
      ["'{1.5,NaN}'", null, "{1.5,NaN}"],
      ["'{1.5,-2}'", "[1.5, -2.0]"],
    ],
  ],
  [
    "text[]",
    "VARCHAR[]",
    [
      [`ARRAY['a,b', 'NULL', NULL, '']`, `['a,b', 'NULL', NULL, '']`],
      [`ARRAY[E'q"\\\\x', E'a\\tb\\nc']`, `['q"\\\\x', a\tb\nc]`],
    ],
  ],
  [
    "timestamptz[]",
    "TIMESTAMP WITH TIME ZONE[]",
    [["ARRAY['2026-01-01 00:00:00+00'::timestamptz]", "['2026-01-01 00:00:00+00']"]],
  ],
  [
    "bytea",
    "BLOB",
    [
      ["'\\x00ff5c'", "\\x00\\xFF\\x5C"],
      ["''", ""],
    ],
  ],
  ["bit(5)", "VARCHAR", [["B'10110'", "10110"]]],
  ["bit varying", "VARCHAR", [["B'1'", "1"]]],
  ["mood", "VARCHAR", [["'busy'", "busy"]]],
  ["pair", "VARCHAR", [[`ROW(1, 'x,"y"')`, `(1,"x,""y""")`]]],
  ["int4range", "VARCHAR", [["'[1,5)'", "[1,5)"]]],
  ["hstore", "VARCHAR", [[`'a=>1, b=>NULL'`, `"a"=>"1", "b"=>NULL`]]],
  [
    "inet",
    "VARCHAR",
    [
      ["'10.0.0.1'", "10.0.0.1"],
      ["'10.0.0.1/24'", "10.0.0.1/24"],
    ],
  ],
  ["money", "VARCHAR", [["12.5", "$12.50"]]],
  ["xml", "VARCHAR", [["'<a>1</a>'", "<a>1</a>"]]],
  ["tsvector", "VARCHAR", [["'a cat'", "'a' 'cat'"]]],
  ["uuid", "VARCHAR", [["'0198f2f4-8c00-7aaa-8bbb-0123456789ab'", "0198f2f4-8c00-7aaa-8bbb-0123456789ab"]]],
  ["char(4)", "VARCHAR", [["'ab'", "ab  "]]],
  ['"char"', "VARCHAR", [["'x'", "x"]]],
  [
    "text",
    "VARCHAR",
    [
      ["E'tab\\tline\\nback\\\\slash'", "tab\tline\nback\\slash"],
      ["'\\N'", "\\N"],
      ["''", ""],
      ["'한국 🙂'", "한국 🙂"],
      ["E'\\r\\b\\f\\x0b'", "\r\b\f\v"],
    ],
  ],
  ["int2vector", "VARCHAR", [["'1 2'", "1 2"]]],
  ["point", "VARCHAR", [["'(1,2)'", "(1,2)"]]],
];

describe("types of PostgreSQL", () => {
  test.each(cases)("%s is %s, and what that cannot hold is kept", async (type, lake, values) => {
    await client.query(`SET search_path = public; DROP TABLE IF EXISTS typed`);
    await client.query(`CREATE TABLE typed (id serial, "Value" ${type})`);
    for (const [value] of values) await client.query(`INSERT INTO typed ("Value") VALUES (${value})`);
    await client.query(`INSERT INTO typed ("Value") VALUES (NULL); SET search_path = ''`);
    const { types, rows, written, counted } = await snapshot("typed");
    expect(types).toEqual({ id: "BIGINT", value: lake, _kept: "VARCHAR" });
    const expected = values.map(([, stored, kept], i) => [
      String(i + 1),
      stored,
      kept === undefined ? null : JSON.stringify({ value: kept }),
    ]);
    expect(rows).toEqual([...expected, [String(values.length + 1), null, null]]);
    const keptCount = values.filter(([, , kept]) => kept !== undefined).length;
    expect(written.kept).toEqual(keptCount === 0 ? {} : { value: keptCount });
    expect(tallyProblem(written.tally, counted)).toBeUndefined();
  });
});
