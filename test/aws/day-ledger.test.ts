import { afterAll, beforeAll, expect, test } from "vitest";
import { createDayLedger, type DayLedger } from "../../src/aws/day-ledger.ts";
import { daysBetween } from "../../src/metrics/time-bucket.ts";
import { startTable } from "./local-table.ts";

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
  ledger = createDayLedger(table);
  return ledger;
}

async function read() {
  const [item] = await ledger.readDays(day, day);
  if (item === undefined) throw new Error("no such day");
  return item;
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

test("a batch's rows are added once when it is applied again, and the mark moves each time", async () => {
  await emptyLedger();
  const seen = { days: new Map([[day, 3]]), batch: "b1", slot: 100, now: noon };
  await ledger.markSeen(seen);
  await ledger.markSeen({ ...seen, now: noon + minutes(5) });
  expect(await read()).toEqual({ day, seen: 3, seenAt: noon });
  expect((await ledger.readState()).open).toEqual(new Map([[day, 2]]));
});

test("a batch is still known in the next half hour, beside others", async () => {
  await emptyLedger();
  for (const [batch, slot] of [
    ["a", 100],
    ["b", 100],
    ["c", 101],
    ["a", 100],
    ["c", 101],
  ] as const)
    await ledger.markSeen({ days: new Map([[day, 1]]), batch, slot, now: noon });
  expect((await read()).seen).toBe(3);
});

test("a batch of more days than fit one update marks them all", async () => {
  await emptyLedger();
  const days = daysBetween("2020-01-01", "2020-09-30");
  await ledger.markSeen({ days: new Map(days.map((d) => [d, 1])), batch: "b", slot: 1, now: noon });
  expect([...(await ledger.readState()).open.keys()]).toEqual(days);
  expect((await ledger.readDays("2020-02-01", "2020-02-29")).map((d) => d.day)).toEqual(
    daysBetween("2020-02-01", "2020-02-29"),
  );
});

test("a day closes only while its mark stands where the batch read it", async () => {
  await emptyLedger();
  await ledger.markSeen({ days: new Map([[day, 1]]), batch: "b1", slot: 1, now: noon });
  const { open } = await ledger.readState();
  await ledger.markSeen({ days: new Map([[day, 1]]), batch: "b2", slot: 1, now: noon });
  expect(await ledger.close(day, open.get(day) ?? 0)).toBe(false);
  expect(await ledger.close(day, 2)).toBe(true);
  expect(await ledger.close(day, 2)).toBe(false);
  expect((await ledger.readState()).open).toEqual(new Map());
});

test("a sealed day says what it was made from", async () => {
  await emptyLedger();
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
  expect(await sealDay("r1", 5)).toBe(true);
  const sealed = { sealedRows: 5, sealedSeen: 5, lakeRows: 5, firstSealedAt: noon, sealedAt: noon, run: "r1" };
  expect(await read()).toEqual({ day, seen: 5, seenAt: noon, ...sealed });
});

test("a day sealed again keeps when it was sealed first", async () => {
  await emptyLedger();
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
  await sealDay("r1", 5);
  await ledger.markSeen({ days: new Map([[day, 2]]), batch: "b2", slot: 1, now: noon + 1 });
  await sealDay("r2", 7, noon + 2);
  expect(await read()).toMatchObject({ sealedRows: 7, firstSealedAt: noon, sealedAt: noon + 2, run: "r2" });
});

test("rows that came while a day was being sealed start its deadline anew", async () => {
  await emptyLedger();
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
  const before = await read();
  await ledger.startMove(before, "r1", { now: noon, staleAfter: minutes(20) });
  await ledger.markSeen({ days: new Map([[day, 1]]), batch: "b2", slot: 1, now: noon + 1 });
  expect(await ledger.recordSealed({ day, run: "r1", seen: 5, rows: 5, now: noon + 2 })).toBe(true);
  expect(await read()).toMatchObject({ seen: 6, sealedSeen: 5, seenAt: noon + 1 });
});

test("a run that read the day before another sealed it may not put its rollup in place", async () => {
  await emptyLedger();
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
  const stale = await read();
  await sealDay("r1", 5);
  expect(await ledger.startMove(stale, "r2", { now: noon, staleAfter: minutes(20) })).toBe(false);
});

test("of two runs at once one puts its rollup in place, and a dead one is followed after its time", async () => {
  await emptyLedger();
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
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
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
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
  await ledger.markSeen({ days: new Map([[day, 5]]), batch: "b1", slot: 1, now: noon });
  await ledger.recordShort(day, 4);
  await ledger.recordLakeRows(day, 1);
  const run = { startedAt: 1, endedAt: 2, sealed: [day], waiting: [], failed: [], months: [] };
  await ledger.recordRun(run);
  expect(await ledger.readState()).toMatchObject({ short: new Map([[day, 4]]), lastRun: run });
  expect((await read()).lakeRows).toBe(1);
  await ledger.recordShort(day, 0);
  expect((await ledger.readState()).short).toEqual(new Map());
});
