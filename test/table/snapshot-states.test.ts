import { afterAll, beforeAll, expect, test } from "vitest";
import { createSnapshotStates } from "../../src/table/snapshot-states.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";

let table: Awaited<ReturnType<typeof startTable>>;
let states: ReturnType<typeof createSnapshotStates>;
beforeAll(async () => {
  table = await startTable();
  states = createSnapshotStates(table.store);
});
afterAll(() => table[Symbol.asyncDispose]());

test("a run of a source is claimed by one, until it is released or its time is up, beside what is known of the last", async () => {
  const last = {
    run: "r",
    at: 1,
    dt: "2026-11-26",
    hour: "09",
    ended_at: 2,
    holders: 1,
    consistent: false,
    tables: [],
  };
  expect(await Promise.all([states.claim("shop", 100, 900), states.claim("shop", 100, 900)])).toEqual(
    expect.arrayContaining([true, false]),
  );
  expect([await states.claim("shop", 899, 1700), await states.claim("other", 899, 1700)]).toEqual([false, true]);
  await states.finish("shop", last);
  expect(await states.claim("shop", 901, 1700)).toBe(true);
  await states.release("shop");
  expect(await states.claim("shop", 902, 1700)).toBe(true);
  expect(await states.read()).toEqual([
    { source: "other", last: undefined, failed: undefined },
    { source: "shop", last, failed: undefined },
  ]);
});
