import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GlueTable, startGlue } from "../../../local/glue/catalog.ts";

const table: GlueTable = {
  database: "db",
  name: "rollups",
  columns: [{ name: "value", type: "bigint" }],
  partitionKeys: [{ name: "dt", type: "string" }],
  location: "s3://lake/rollups/",
  parameters: {},
};
const open = () => startGlue({ home, tables: [table] });
const journal = () => join(home, "glue", "partitions.ndjson");
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-glue-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test("partitions outlive a restart as they were last put", async () => {
  {
    await using glue = await open();
    await Promise.all([
      glue.putPartition(table, { values: "2026-11-20", location: "s3://lake/a/" }),
      glue.putPartition(table, { values: "2026-11-21", location: "s3://lake/b/" }),
      glue.putPartition(table, { values: "2026-11-20", location: "s3://lake/c/" }),
    ]);
    await glue.dropPartition(table, "2026-11-21");
  }
  await using glue = await open();
  expect([...glue.partitions(table)]).toEqual([["2026-11-20", "s3://lake/c/"]]);
});

test("a change is on disk when it is answered, without closing", async () => {
  await using glue = await open();
  await glue.putPartition(table, { values: "1", location: "s3://lake/1/" });
  expect(await readFile(journal(), "utf8")).toContain('"values":"1"');
});

test("a line that a crash has cut off is dropped, and what comes after it is kept", async () => {
  {
    await using glue = await open();
    await glue.putPartition(table, { values: "1", location: "s3://lake/1/" });
  }
  await appendFile(journal(), '{"table":"db.rollups","values":"2","loc');
  {
    await using glue = await open();
    expect([...glue.partitions(table).keys()]).toEqual(["1"]);
    await glue.putPartition(table, { values: "3", location: "s3://lake/3/" });
  }
  await using glue = await open();
  expect([...glue.partitions(table).keys()]).toEqual(["1", "3"]);
});

test("a damaged line in the middle is reported with its place", async () => {
  {
    await using _ = await open();
  }
  await appendFile(journal(), "not json\n{}\n");
  await expect(open()).rejects.toThrow(/^Cannot read the catalog at .*partitions\.ndjson:1/);
});

test("the journal does not grow with changes over restarts", async () => {
  {
    await using glue = await open();
    for (let i = 0; i < 50; i++) await glue.putPartition(table, { values: "1", location: `s3://lake/${i}/` });
  }
  const { size } = await stat(journal());
  await using _ = await open();
  expect((await stat(journal())).size).toBeLessThan(size / 20);
});

test("a table is found whatever the case of its name, and only in its database", async () => {
  await using glue = await open();
  expect(glue.table("DB", "Rollups")).toBe(table);
  expect(glue.table("other", "rollups")).toBeUndefined();
});
