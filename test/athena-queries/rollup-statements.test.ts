import { expect, test } from "vitest";
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import type { Sql } from "../../src/athena-queries/sql.ts";
import { catalog } from "../../src/metrics/catalog.ts";

const { countRows, writeEvents, rollUp, rollUpMonth } = rollupStatements(catalog, "lake-1", "UTC");
const day = "2026-02-28";

/** Expects the UNLOAD that writes a run's part of a table, and the catalog change that points to it. */
function expectWritten(statements: readonly Sql[], table: string, partition: string) {
  const [unload, add, move, ...more] = statements;
  const value = /'(.*)'/.exec(partition)?.[1];
  const location = `'s3://lake-1/${table}/${partition.split(" = ")[0]}=${value}/run=r1/'`;
  expect(unload?.text.startsWith("UNLOAD (")).toBe(true);
  expect(unload?.text.endsWith(`) TO ${location} WITH (format = 'PARQUET', compression = 'SNAPPY')`)).toBe(true);
  expect(unload?.text.match(/\?/g)).toHaveLength(unload?.params.length ?? 0);
  expect(Buffer.byteLength(unload?.text ?? "")).toBeLessThan(262_144);
  expect([add?.text, move?.text]).toEqual([
    `ALTER TABLE ${table} ADD IF NOT EXISTS PARTITION (${partition}) LOCATION ${location}`,
    `ALTER TABLE ${table} PARTITION (${partition}) SET LOCATION ${location}`,
  ]);
  return more;
}

test("a day's events are written into their run's folder and put in place by one change of the catalog", () => {
  expect(
    expectWritten(
      writeEvents(day, "r1", { source: "events", copies: "count if alone" }),
      "daily_events",
      `dt = '${day}'`,
    ),
  ).toEqual([]);
});

test("a day's rollup is written and put in place in the same way", () => {
  expect(expectWritten(rollUp(day, "r1"), "rollups", `dt = '${day}'`)).toEqual([]);
});

test("a month's rollups have tables of their own", async () => {
  const all = rollUpMonth("2024-02", "r1");
  const byDay = expectWritten(all, "rollups_monthly", "month = '2024-02'");
  expect(expectWritten(byDay, "rollups_by_month", "month = '2024-02'")).toEqual([]);
  await expect(all[0]?.text).toMatchFileSnapshot("sql/month-rollup.sql");
  await expect(byDay[0]?.text).toMatchFileSnapshot("sql/month-rollup-by-day.sql");
  expect(byDay[0]?.params).toEqual(["'2024-02-01'", "'2024-02-29'"]);
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
  expect(() => rollupStatements(catalog, bucket, "UTC").rollUp(day, run)).toThrow(RangeError);
  expect(() => rollupStatements(catalog, bucket, "UTC").rollUpMonth(day.slice(0, 5), run)).toThrow(RangeError);
});

test("a rollup is converted, or put back, by the same change of the catalog", () => {
  const statements = rollupStatements(catalog, "lake-1", "UTC");
  expect(expectWritten(statements.convert(day, "r1"), "rollups", `dt = '${day}'`)).toEqual([]);
  expect(statements.pointTo(day, "r1")).toEqual(statements.rollUp(day, "r1").slice(1));
  expect(statements.partitions("rollups_monthly").text).toBe("SHOW PARTITIONS rollups_monthly");
});
