import { expect, test } from "vitest";
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import { catalog } from "../../src/metrics/catalog.ts";

const { countRows, unload, putInPlace, rollUpMonth } = rollupStatements(catalog, "lake-1");

test("a day's rollup is unloaded as Parquet into its run's folder", () => {
  const { text, params } = unload("2026-02-28", "r1");
  expect(text.startsWith("UNLOAD (")).toBe(true);
  const end = ") TO 's3://lake-1/rollups/dt=2026-02-28/run=r1/' WITH (format = 'PARQUET', compression = 'SNAPPY')";
  expect(text.endsWith(end)).toBe(true);
  expect(text.match(/\?/g)).toHaveLength(params.length);
  expect(Buffer.byteLength(text)).toBeLessThan(262_144);
});

test("a rollup is put in place by one change of the catalog", () => {
  expect(putInPlace("2026-02-28", "r1").map(({ text }) => text)).toEqual([
    "ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = '2026-02-28') LOCATION 's3://lake-1/rollups/dt=2026-02-28/run=r1/'",
    "ALTER TABLE rollups PARTITION (dt = '2026-02-28') SET LOCATION 's3://lake-1/rollups/dt=2026-02-28/run=r1/'",
  ]);
});

test("a month's rollups get partitions of their own", async () => {
  const [month, addMonth, byDay, addByDay, ...more] = rollUpMonth("2024-02", "r1").map(({ text }) => text);
  expect(more).toEqual([]);
  await expect(month).toMatchFileSnapshot("sql/month-rollup.sql");
  await expect(byDay).toMatchFileSnapshot("sql/month-rollup-by-day.sql");
  expect([addMonth, addByDay]).toEqual([
    "ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = 'm2024-02-r1') LOCATION 's3://lake-1/rollups/dt=m2024-02-r1/'",
    "ALTER TABLE rollups ADD IF NOT EXISTS PARTITION (dt = 'd2024-02-r1') LOCATION 's3://lake-1/rollups/dt=d2024-02-r1/'",
  ]);
  expect(rollUpMonth("2024-02", "r1")[0]?.params).toEqual(["'2024-02-01'", "'2024-02-29'"]);
});

test("rows are counted by day", async () => {
  const { text, params } = countRows(["2026-02-27", "2026-02-28"]);
  await expect(text).toMatchFileSnapshot("sql/lake-rows.sql");
  expect(params).toEqual(["'2026-02-27'", "'2026-02-28'"]);
});

test.each([
  ["lake'1", "2026-02-28", "r1"],
  ["lake-1", "2026-02-30", "r1"],
  ["lake-1", "2026-02-28", "r1/.."],
])("a rollup of bucket %j, day %j, run %j is refused", (bucket, day, run) => {
  expect(() => rollupStatements(catalog, bucket).putInPlace(day, run)).toThrow(RangeError);
  expect(() => rollupStatements(catalog, bucket).rollUpMonth(day.slice(0, 5), run)).toThrow(RangeError);
});
