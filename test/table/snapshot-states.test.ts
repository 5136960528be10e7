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
  const claim = (source: string, by: string, now: number, run = by) =>
    states.claim(source, { by, run, now, until: now + 800 });
  expect(await Promise.all([claim("shop", "a", 100), claim("shop", "b", 100)])).toEqual(
    expect.arrayContaining([true, false]),
  );
  expect([await claim("shop", "c", 899), await claim("other", "c", 899)]).toEqual([false, true]);
  await states.finish("shop", last);
  expect(await claim("shop", "c", 901)).toBe(true);
  await states.release("shop", "another run");
  expect(await claim("shop", "d", 902)).toBe(false);
  await states.release("shop", "c");
  expect(await claim("shop", "d", 902)).toBe(true);
  await states.release("shop", "d");
  expect(await states.read()).toEqual([
    { source: "other", last: undefined, failed: undefined },
    { source: "shop", last, failed: undefined },
  ]);
});

test("an invocation that was killed is repeated and begins again, and only its last run is claimed", async () => {
  const claim = (by: string, run: string) => states.claim("killed", { by, run, now: 100, until: 900 });
  expect([await claim("a", "first"), await claim("b", "other"), await claim("a", "second")]).toEqual([
    true,
    false,
    true,
  ]);
  expect([await states.isClaimed("killed", "first"), await states.isClaimed("killed", "second")]).toEqual([
    false,
    true,
  ]);
  await states.release("killed", "first");
  expect(await claim("b", "other")).toBe(false);
  await states.release("killed", "second");
  expect([await states.isClaimed("killed", "second"), await claim("b", "other")]).toEqual([false, true]);
});
