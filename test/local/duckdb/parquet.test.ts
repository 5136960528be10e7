import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "../../../local/duckdb/database.ts";
import { BadDataError, checkRows, writeParquet } from "../../../local/duckdb/parquet.ts";

let database: Database;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-parquet-it's-"));
  database = await openDatabase({ home: folder, threads: 1 });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const columns = [
  { name: "name", type: "string" },
  { name: "at", type: "timestamp" },
  { name: "n", type: "bigint" },
  { name: "flag", type: "boolean" },
  { name: "small", type: "smallint" },
  { name: "real", type: "double" },
  { name: "int", type: "int" },
];

async function file(name: string, ...lines: (object | string)[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return path;
}

async function query(sql: string) {
  using connection = await database.connect();
  return (await connection.runAndReadAll(sql)).getRowObjectsJson();
}

test("writeParquet gives each column its type, SNAPPY, whether or not a value occurs", async () => {
  const files = [
    await file("a.ndjson", { name: "x", at: "2026-11-22T12:34:56.789Z", n: "12", flag: true, other: 1 }),
    await file("b.ndjson", { real: 1.5 }),
  ];
  const target = join(folder, "out.parquet");
  expect(await writeParquet(database, target, { files, columns })).toBe(2);
  const path = target.replaceAll("'", "''");
  expect(await query(`SELECT name, "at", n, flag, real FROM '${path}' ORDER BY name`)).toEqual([
    { name: "x", at: "2026-11-22 12:34:56.789", n: "12", flag: true, real: null },
    { name: null, at: null, n: null, flag: null, real: 1.5 },
  ]);
  const described = await query(`DESCRIBE SELECT * FROM '${path}'`);
  expect(described.map(({ column_type }) => column_type)).toEqual([
    "VARCHAR",
    "TIMESTAMP",
    "BIGINT",
    "BOOLEAN",
    "SMALLINT",
    "DOUBLE",
    "INTEGER",
  ]);
  expect(await query(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`)).toEqual([
    { compression: "SNAPPY" },
  ]);
});

test.each([
  { n: "oops" },
  { n: 1.5 },
  { n: true },
  { n: "9223372036854775808" },
  { small: 40_000 },
  { flag: "yes" },
  { flag: 1 },
  { at: "infinity" },
  { at: "2026-11-22T12:34:56.789+09:00" },
  { at: "2026-02-30T00:00:00.000Z" },
  { at: 1790000000 },
  '{"n":1}{"n":2}',
  '[{"n":1}]',
  "7",
  "{",
])("writeParquet and checkRows refuse %j as bad data and leave no file", async (line) => {
  const target = join(folder, "bad.parquet");
  const files = [await file("good.ndjson", { n: 1 }), await file("bad.ndjson", line)];
  await expect(writeParquet(database, target, { files, columns })).rejects.toThrow(BadDataError);
  await expect(checkRows(database, { files, columns })).rejects.toThrow(BadDataError);
  expect(await readdir(folder)).not.toContain("bad.parquet");
  await checkRows(database, { files: files.slice(0, 1), columns });
});

test("writeParquet does not blame the data when the disk or a file is the trouble", async () => {
  const missing = { files: [join(folder, "none.ndjson")], columns };
  await expect(writeParquet(database, join(folder, "x.parquet"), missing)).rejects.not.toThrow(BadDataError);
  const files = [await file("good.ndjson", { n: 1 })];
  await expect(writeParquet(database, join(folder, "no/folder/x.parquet"), { files, columns })).rejects.not.toThrow(
    BadDataError,
  );
});
