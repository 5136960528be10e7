/** Which days can be counted when some cannot: uses a model of Athena instead of damaged files. */
import { expect, test } from "vitest";
import type { Athena } from "../../src/athena-queries/athena.ts";
import { rollupStatements } from "../../src/athena-queries/rollup-statements.ts";
import type { Sql } from "../../src/athena-queries/sql.ts";
import { createRowCounts } from "../../src/batch/count-rows.ts";
import { AthenaQueryError } from "../../src/errors.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";

const days = Array.from({ length: 400 }, (_, i) => addDays("2025-01-01", i));

/** Fails each query that reads a damaged day; every other day has seven rows. */
function countWith(damaged: readonly string[]) {
  const asked: number[] = [];
  const run = async ({ params }: Sql) => {
    asked.push(params.length);
    const read = params.map((param) => param.slice(1, -1));
    if (read.some((day) => damaged.includes(day)))
      throw new AthenaQueryError("q", { state: "FAILED", reason: "damaged" });
    return read.map((dt) => ({ dt, rows: 7 }));
  };
  const athena = { run } as unknown as Athena;
  const counts = createRowCounts({
    athena,
    statements: rollupStatements(catalog, "lake-1", "UTC"),
  });
  return { counted: counts.countRows(days), asked };
}

test("damaged files take the count from their own days alone, however many others there are", async () => {
  const damaged = [0, 17, 18, 200, 399].flatMap((at) => days[at] ?? []);
  const { rows, uncounted } = await countWith(damaged).counted;
  expect([...uncounted.keys()]).toEqual(damaged);
  expect([...rows.keys()]).toEqual(days.filter((day) => !damaged.includes(day)));
  expect(new Set(rows.values())).toEqual(new Set([7]));
});

test("one damaged file costs a few queries, an Athena that fails everything does not ask for each day", async () => {
  const one = countWith(days.slice(123, 124));
  await one.counted;
  expect(one.asked.length).toBeLessThan(20);
  const all = countWith(days);
  await expect(all.counted).rejects.toThrow(AthenaQueryError);
  expect(all.asked.length).toBeLessThan(100);
});
