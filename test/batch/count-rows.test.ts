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

/** Of four days with copies one lacks nothing beside it, and one lacks its copies everywhere; a file in between is damaged. */
test("more days are read only for copies that are not met on their day or beside it, and damage there costs one day", async () => {
  const damaged = "2024-11-30";
  const [far, none, met, near] = ["2025-01-01", "2025-01-20", "2025-03-01", "2025-03-03"];
  const searches: number[] = [];
  const run = async ({ text, params }: Sql) => {
    const read = new Set(params.map((param) => param.slice(1, -1)));
    const rows = (unmet: readonly string[]) => unmet.filter((day) => read.has(day)).map((dt) => ({ dt, rows: 2 }));
    if (!text.includes("counting")) return rows([far, none, met, near]);
    if (!text.includes("daily_events")) return rows([far, none, near]);
    searches.push(read.size);
    if (read.has(damaged)) throw new AthenaQueryError("q", { state: "FAILED", reason: "damaged" });
    return rows([none]);
  };
  const statements = rollupStatements(catalog, "lake-1", "UTC");
  const counts = createRowCounts({ athena: { run } as unknown as Athena, statements });
  const { rows, uncounted } = await counts.countUnmet([...days.slice(0, 100)]);
  expect(Object.fromEntries(rows)).toEqual({ [far]: 0, [none]: 2, [met]: 0, [near]: 0 });
  expect([...uncounted.keys()]).toEqual([far]);
  expect(searches).toEqual([140, 79, 121]);
});
