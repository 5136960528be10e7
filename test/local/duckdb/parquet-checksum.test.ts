import { mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../../../local/duckdb/database.ts";
import { addChecksum, createDamageFinder, isIntact } from "../../../local/duckdb/parquet-checksum.ts";

let database: Database;
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "daymark-checksum-"));
  database = await openDatabase({ home: folder, threads: 1 });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  path = join(folder, "rows.parquet");
  await run(`COPY (SELECT i AS n, 'click ' || i AS name FROM range(50) AS r(i)) TO '${path}' (FORMAT parquet)`);
});

async function run(sql: string) {
  using connection = await database.connect();
  return (await connection.runAndReadAll(sql)).getRowsJson();
}
const rows = () => run(`SELECT * FROM read_parquet('${path}') ORDER BY n`);

test("a file with a checksum has the same rows, and is intact", async () => {
  const before = await rows();
  const { size } = await stat(path);
  await addChecksum(path);
  expect([await rows(), await isIntact(path), (await stat(path)).size - size]).toEqual([before, true, 12]);
});

test("a file without one is taken to be intact", async () => {
  expect(await isIntact(path)).toBe(true);
});

test("any byte that is flipped is noticed, or changes no row", async () => {
  await addChecksum(path);
  const before = await rows();
  const bytes = await readFile(path);
  let unnoticed = 0;
  for (const [at, byte] of bytes.entries()) {
    bytes[at] = byte ^ (1 << (at % 8));
    await writeFile(path, bytes);
    bytes[at] = byte;
    if (!(await isIntact(path))) continue;
    unnoticed++;
    const found = await rows().catch(() => before);
    expect(found, `byte ${at}`).toEqual(before);
  }
  // Those by which the checksum is found: its mark, the footer's length, the magic bytes at the end.
  expect(unnoticed).toBeLessThanOrEqual(16);
});

test("each version of a file is read once", async () => {
  await addChecksum(path);
  const find = createDamageFinder();
  const written = new Date("2026-11-22T00:00:00Z");
  await utimes(path, written, written);
  expect(await find([path, join(folder, "gone.parquet")])).toBeUndefined();
  const bytes = await readFile(path);
  bytes[8] = ~(bytes[8] ?? 0);
  await writeFile(path, bytes);
  await utimes(path, written, written);
  expect(await find([path])).toBeUndefined();
  await utimes(path, written, new Date(0));
  expect(await find([path])).toBe(path);
  expect(await find([path])).toBe(path);
});
