import { afterAll, beforeAll, expect, test } from "vitest";
import { daysBetween } from "../../../src/metrics/time-bucket.ts";
import type { NewName } from "../../../src/table/blocks/block-store.ts";
import { noBlocks } from "../../../src/table/blocks/frontier.ts";
import { createDayLedger, type DayLedger } from "../../../src/table/days/day-ledger.ts";
import { startTable } from "../../aws/dynamodb/local-table.ts";

let table: Awaited<ReturnType<typeof startTable>>;
let ledger: DayLedger;
const day = "2026-11-22";
const noon = Date.parse("2026-11-22T03:00:00Z");
const minutes = (n: number) => n * 60_000;

beforeAll(async () => {
  table = await startTable();
});
afterAll(() => table[Symbol.asyncDispose]());

async function emptyLedger() {
  await table[Symbol.asyncDispose]();
  table = await startTable();
  ledger = createDayLedger(table.store);
  return ledger;
}

async function read() {
  const [item] = await ledger.readDays(day, day);
  if (item === undefined) throw new Error("no such day");
  return item;
}

/** Makes a batch of `rows` rows visible in a day as it is currently. */
async function see(name: string, rows: number, now = noon) {
  const known = (await ledger.getDays([day])).get(day)?.frontier ?? noBlocks;
  return ledger.addNames([{ day, name: `0${name}`, rows, known, isJoint: false }], now);
}

/** Takes a day's rollup of `rows` rows through all its steps. */
async function sealDay(run: string, rows: number, now = noon) {
  const item = await read();
  const moved = await ledger.startMove(item, run, { now, staleAfter: minutes(20) });
  return moved && ledger.recordSealed({ day, run, seen: item.seen, rows, now });
}

test("an empty ledger knows no days, no watermark and no open day", async () => {
  await emptyLedger();
  expect(await ledger.readState()).toEqual({
    rollupVersion: 0,
    open: new Map(),
    short: new Map(),
    months: new Map(),
    dueMonths: new Set(),
  });
  expect(await ledger.readDays("1970-01-01", "9999-12-31")).toEqual([]);
});

test("a batch's rows are added once when it is tried again, and open the day", async () => {
  await emptyLedger();
  expect(await see("b1", 3)).toBe(true);
  expect(await see("b1", 3, noon + minutes(5))).toBe(false);
  const frontier = { names: ["0b1"], folds: 0, version: 1, joint: 0, isMarked: true, oldBatches: [] };
  expect(await read()).toEqual({ day, seen: 3, seenAt: noon, frontier });
  expect((await ledger.readState()).open).toEqual(new Map([[day, 1]]));
});

test("the state is written when a day opens, and not again", async () => {
  await emptyLedger();
  for (const name of ["a", "b", "c"]) await see(name, 1);
  expect((await read()).frontier).toMatchObject({ names: ["0a", "0b", "0c"], version: 3 });
  expect((await ledger.readState()).open).toEqual(new Map([[day, 1]]));
});

test("rejected events alone are visible and open no day", async () => {
  await emptyLedger();
  await see("b1", 0);
  expect(await read()).toMatchObject({ seen: 0, frontier: { names: ["0b1"], version: 0, isMarked: false } });
  expect((await ledger.readState()).open).toEqual(new Map());
});

test("a batch of several days is visible in all of them or in none", async () => {
  await emptyLedger();
  const days = daysBetween("2020-01-01", "2020-04-08");
  const some = days.slice(0, 99).map((one) => ({ day: one, name: "0b", rows: 1, known: noBlocks, isJoint: true }));
  const stale = { ...noBlocks, folds: 7 };
  expect(await ledger.addNames([...some.slice(1), { ...some[0], known: stale } as NewName], noon)).toBe(false);
  expect([await ledger.readDays("2020-01-01", "2020-12-31"), (await ledger.readState()).open.size]).toEqual([[], 0]);
  expect(await ledger.addNames(some, noon)).toBe(true);
  expect([...(await ledger.readState()).open.keys()]).toEqual(days.slice(0, 99));
  const found = await ledger.readDays("2020-02-01", "2020-02-29");
  expect(found.map((one) => one.day)).toEqual(daysBetween("2020-02-01", "2020-02-29"));
  expect(found.map(({ frontier }) => [frontier.joint, frontier.isMarked])).toEqual(found.map(() => [1, true]));
});

test("a block that was read before a fold, or before its day was closed, is not made visible", async () => {
  await emptyLedger();
  for (const name of ["a", "b"]) await see(name, 1);
  const { frontier: known } = await read();
  const old = known.names;
  expect(await ledger.replaceNames(day, { folds: 0, old, fold: "1f" })).toBe(true);
  expect(await ledger.replaceNames(day, { folds: 0, old, fold: "1f" }), "by another at the same time").toBe(false);
  expect((await read()).frontier).toMatchObject({ names: ["1f"], folds: 1, version: 2 });
  const late = (changes: object) => [{ day, name: "0c", rows: 1, known: { ...known, ...changes }, isJoint: false }];
  expect(await ledger.addNames(late({}), noon)).toBe(false);
  expect(await ledger.close(await read(), 1)).toBe(true);
  expect(await ledger.addNames(late({ folds: 1 }), noon)).toBe(false);
  expect(await ledger.addNames(late({ folds: 1, isMarked: false }), noon)).toBe(true);
  expect((await ledger.readState()).open).toEqual(new Map([[day, 1]]));
});

test("many days are read as few are", async () => {
  await emptyLedger();
  const days = daysBetween("2020-01-01", "2020-12-31");
  for (let at = 0; at < days.length; at += 99) {
    const some = days
      .slice(at, at + 99)
      .map((one) => ({ day: one, name: "0b", rows: 1, known: noBlocks, isJoint: true }));
    await ledger.addNames(some, noon);
  }
  const asked = days.filter((_, i) => i % 3 > 0);
  expect([...(await ledger.getDays(asked)).keys()].sort()).toEqual(asked);
  expect([...(await ledger.getDays(["2019-12-31", "2020-03-01"])).keys()]).toEqual(["2020-03-01"]);
  const known = (await ledger.getDays(["2020-03-02"])).get("2020-03-02")?.frontier ?? noBlocks;
  await ledger.addNames([{ day: "2020-03-02", name: "0c", rows: 1, known, isJoint: true }], noon);
  const joints = new Map(asked.map((one) => [one, one === "2020-03-02" ? 2 : 1]));
  expect(await ledger.getJoints(asked)).toEqual(joints);
  expect(await ledger.getJoints(["2019-12-31", "2020-03-02"])).toEqual(new Map([["2020-03-02", 2]]));
});

test("a day closes only if nothing has come since the batch read it", async () => {
  await emptyLedger();
  await see("b1", 1);
  const before = await read();
  await see("b2", 1);
  expect(await ledger.close(before, 1)).toBe(false);
  expect((await ledger.readState()).open).toEqual(new Map([[day, 1]]));
  expect(await ledger.close(await read(), 2), "an older release has moved the mark").toBe(false);
  expect(await ledger.close(await read(), 1)).toBe(true);
  expect(await ledger.close(await read(), 1)).toBe(false);
  expect((await ledger.readState()).open).toEqual(new Map());
  expect((await read()).frontier).toMatchObject({ isMarked: false, version: 2 });
});

test("a sealed day says what it was made from", async () => {
  await emptyLedger();
  await see("b1", 5);
  expect(await sealDay("r1", 5)).toBe(true);
  const sealed = { sealedRows: 5, sealedSeen: 5, lakeRows: 5, firstSealedAt: noon, sealedAt: noon, run: "r1" };
  expect(await read()).toEqual({ day, seen: 5, seenAt: noon, frontier: expect.anything(), ...sealed });
});

test("a day sealed again keeps when it was sealed first", async () => {
  await emptyLedger();
  await see("b1", 5);
  await sealDay("r1", 5);
  await see("b2", 2, noon + 1);
  await sealDay("r2", 7, noon + 2);
  expect(await read()).toMatchObject({ sealedRows: 7, firstSealedAt: noon, sealedAt: noon + 2, run: "r2" });
});

test("rows that came while a day was being sealed start its deadline anew", async () => {
  await emptyLedger();
  await see("b1", 5);
  const before = await read();
  await ledger.startMove(before, "r1", { now: noon, staleAfter: minutes(20) });
  await see("b2", 1, noon + 1);
  expect(await ledger.recordSealed({ day, run: "r1", seen: 5, rows: 5, now: noon + 2 })).toBe(true);
  expect(await read()).toMatchObject({ seen: 6, sealedSeen: 5, seenAt: noon + 1 });
});

test("a run that read the day before another sealed it may not put its rollup in place", async () => {
  await emptyLedger();
  await see("b1", 5);
  const stale = await read();
  await sealDay("r1", 5);
  expect(await ledger.startMove(stale, "r2", { now: noon, staleAfter: minutes(20) })).toBe(false);
});

test("of two runs at once one puts its rollup in place, and a dead one is followed after its time", async () => {
  await emptyLedger();
  await see("b1", 5);
  const item = await read();
  const at = (now: number) => ({ now, staleAfter: minutes(20) });
  expect(await ledger.startMove(item, "r1", at(noon))).toBe(true);
  expect(await ledger.startMove(item, "r1", at(noon)), "asked again when the answer got lost").toBe(true);
  expect(await ledger.startMove(item, "r2", at(noon + minutes(19)))).toBe(false);
  expect(await ledger.startMove(item, "r3", at(noon + minutes(21)))).toBe(true);
  expect(await ledger.recordSealed({ day, run: "r1", seen: 5, rows: 5, now: noon })).toBe(false);
  expect((await read()).moving).toEqual({ run: "r3", at: noon + minutes(21) });
});

test("a reservation that came to nothing is free again", async () => {
  await emptyLedger();
  await see("b1", 5);
  await ledger.startMove(await read(), "r1", { now: noon, staleAfter: minutes(20) });
  await ledger.cancelMove(day, "r1");
  expect(await sealDay("r2", 5)).toBe(true);
});

test("the watermark moves forward only, the version up", async () => {
  await emptyLedger();
  for (const to of ["2026-11-20", "2026-11-22", "2026-11-21"]) await ledger.advanceWatermark(to);
  await ledger.bumpVersion(day);
  await ledger.bumpVersion(day);
  expect(await ledger.readState()).toMatchObject({ watermark: "2026-11-22", rollupVersion: 2 });
});

test("missing rows, lake rows and the last run are kept until they change", async () => {
  await emptyLedger();
  await see("b1", 5);
  await ledger.recordShort(day, 4);
  const waiting = { seen: 5, rows: 1, at: noon, watched: 3_600_000, gaps: 2 };
  await ledger.recordWaiting(day, waiting);
  const run = { startedAt: 1, endedAt: 2, sealed: [day], waiting: [], failed: [], months: [] };
  await ledger.recordRun(run);
  expect(await ledger.readState()).toMatchObject({ short: new Map([[day, 4]]), lastRun: run });
  expect(await read()).toMatchObject({ lakeRows: 1, waiting });
  await ledger.recordShort(day, 0);
  expect((await ledger.readState()).short).toEqual(new Map());
});

test("a day's robots are added up with its rows, in the write that makes their block visible", async () => {
  await emptyLedger();
  const add = async (name: string, robots: number) => {
    const known = (await ledger.getDays([day])).get(day)?.frontier ?? noBlocks;
    return ledger.addNames([{ day, name, rows: 5, robots, known, isJoint: false }], noon);
  };
  expect([await add("0a", 2), await add("0a", 2), await add("0b", 0), await add("0c", 3)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  expect(await read()).toMatchObject({ seen: 15, robots: 5 });
});
