import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "../../../local/duckdb/database.ts";

test("keeps nothing of the files that it has read", async () => {
  const home = await mkdtemp(join(tmpdir(), "daymark-database-"));
  onTestFinished(() => rm(home, { recursive: true }));
  await using database = await openDatabase({ home });
  using connection = await database.connect();
  const file = join(home, "numbers.parquet");
  await connection.run(`COPY (SELECT range, md5(range::VARCHAR) AS text FROM range(200000)) TO '${file}'`);
  await connection.run(`SELECT max(text), sum(range) FROM '${file}'`);
  const memory = await connection.runAndReadAll("SELECT tag, memory_usage_bytes FROM duckdb_memory()");
  expect(memory.getRows()).toContainEqual(["EXTERNAL_FILE_CACHE", 0n]);
});
