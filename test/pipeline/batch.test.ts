import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import {
  type BatchClock,
  daysToCheck,
  daysToRebuild,
  monthsToRollUp,
  planDays,
  type Result,
  toSummary,
  watermarkOf,
} from "../../src/pipeline/batch.ts";
import { type LedgerDay, lastSettledDay } from "../../src/pipeline/day-state.ts";
import { ledgerDay } from "../fixtures/ledger-day.ts";
import { rollupState } from "../fixtures/rollup-state.ts";

const at = (local: string): BatchClock => ({
  now: Date.parse(`${local}:00+09:00`),
  timezone: "Asia/Seoul",
  settleMinutes: 15,
  sealDeadlineHours: 6,
});
const morning = at("2026-03-10T07:00");
const marks = (...days: string[]) => new Map(days.map((day) => [day, 1]));

test("a day is settled some minutes after its end, in the stage's zone", () => {
  expect(lastSettledDay(at("2026-03-10T00:14").now, "Asia/Seoul", 15)).toBe("2026-03-08");
  expect(lastSettledDay(at("2026-03-10T00:15").now, "Asia/Seoul", 15)).toBe("2026-03-09");
  // 25 hours long: clocks went back.
  expect(lastSettledDay(Date.parse("2026-10-25T22:59:00Z"), "Europe/Berlin", 0)).toBe("2026-10-24");
  expect(lastSettledDay(Date.parse("2026-10-25T23:00:00Z"), "Europe/Berlin", 0)).toBe("2026-10-25");
});

test("open days that are over, recent days and short days are looked at, oldest first", () => {
  const known = rollupState({ open: marks("2026-03-10", "2015-05-17"), short: new Map([["2026-01-01", 3]]) });
  expect(daysToCheck(known, morning)).toEqual(["2015-05-17", "2026-01-01", "2026-03-07", "2026-03-08", "2026-03-09"]);
});

test("a day that is open, short and recent is looked at once, and the oldest first whatever it is looked at for", () => {
  const known = rollupState({
    open: marks("2026-03-09", "2026-03-05"),
    short: new Map([
      ["2026-03-05", 3],
      ["2020-02-29", 1],
    ]),
  });
  expect(daysToCheck(known, morning)).toEqual(["2020-02-29", "2026-03-05", "2026-03-07", "2026-03-08", "2026-03-09"]);
});

test("a rebuild takes the days that are over", () => {
  expect(daysToRebuild({ from: "2026-03-05", to: "2026-03-07" }, morning)).toEqual([
    "2026-03-05",
    "2026-03-06",
    "2026-03-07",
  ]);
  expect(daysToRebuild({ from: "2026-03-08", to: "2026-04-01" }, morning)).toEqual(["2026-03-08", "2026-03-09"]);
  expect(daysToRebuild({ from: "2026-03-10", to: "2026-04-01" }, morning)).toEqual([]);
});

const yesterday = "2026-03-09";
const late = at("2026-03-10T05:59");
type Case = [
  name: string,
  day: Partial<LedgerDay>,
  rows: number,
  isOpen: boolean,
  isRebuild: boolean,
  BatchClock,
  string,
];
const cases: Case[] = [
  ["open and complete", { seen: 5 }, 5, true, false, late, "seal"],
  ["open with more rows than seen", { seen: 5 }, 6, true, false, late, "seal"],
  ["open with rows missing", { seen: 5 }, 4, true, false, late, "wait"],
  ["open with no row in the lake yet", { seen: 5 }, 0, true, false, late, "wait"],
  ["open with rows missing after the deadline", { seen: 5 }, 4, true, false, at("2026-03-10T06:00"), "seal-short"],
  ["opened again lately", { seen: 5, seenAt: late.now - 6 * 3_600_000 + 1 }, 4, true, false, late, "wait"],
  ["open for hours, and over since less", { seen: 5, seenAt: late.now - 7 * 3_600_000 }, 4, true, false, late, "wait"],
  ["open and shrunk", { seen: 6, sealedRows: 5 }, 4, true, false, late, "give-up"],
  ["closed and unchanged", { seen: 5, sealedRows: 5 }, 5, false, false, late, "nothing"],
  ["closed and grown", { seen: 5, sealedRows: 5 }, 6, false, false, late, "seal"],
  ["closed, short and grown a little", { seen: 9, sealedRows: 5 }, 6, false, false, late, "seal-short"],
  ["closed and shrunk", { seen: 5, sealedRows: 5 }, 0, false, false, late, "nothing"],
  ["not open, with rows that came before the news of them", {}, 4, false, false, late, "nothing"],
  ["never seen", {}, 0, false, false, late, "nothing"],
  ["rebuilt", { seen: 5, sealedRows: 5 }, 5, false, true, late, "seal"],
  ["rebuilt, short", { seen: 5, sealedRows: 4 }, 4, false, true, late, "seal-short"],
  ["rebuilt, with rows and no ledger item", {}, 4, false, true, late, "seal"],
  ["rebuilt, shrunk", { seen: 5, sealedRows: 5 }, 4, false, true, late, "give-up"],
  ["rebuilt, open and incomplete", { seen: 5 }, 4, true, true, late, "wait"],
  ["rebuilt, never seen", {}, 0, false, true, late, "nothing"],
];

test.each(cases)("a day that is %s is decided", (_name, day, rows, isOpen, isRebuild, clock, decision) => {
  const known = new Map(Object.keys(day).length === 0 ? [] : [[yesterday, ledgerDay({ day: yesterday, ...day })]]);
  const open = isOpen ? marks(yesterday) : new Map<string, number>();
  const found = {
    days: [yesterday],
    known,
    rows: new Map([[yesterday, rows]]),
    state: rollupState({ open }),
    isRebuild,
  };
  const [plan] = planDays(found, clock);
  expect(plan?.decision ?? "nothing").toBe(decision);
  if (plan) expect([plan.mark, plan.missing]).toEqual([isOpen ? 1 : undefined, Math.max(0, (day.seen ?? 0) - rows)]);
});

test("days are planned in their order, and remember whether rows were missing before", () => {
  const days = ["2026-03-07", "2026-03-08", yesterday];
  const found = {
    days,
    known: new Map(days.map((day) => [day, ledgerDay({ day, seen: 5, sealedRows: 3 })])),
    rows: new Map([
      ["2026-03-07", 4],
      ["2026-03-08", 3],
      [yesterday, 5],
    ]),
    state: rollupState({ short: new Map([["2026-03-07", 2]]) }),
    isRebuild: false,
  };
  expect(planDays(found, late)).toEqual([
    {
      day: ledgerDay({ day: "2026-03-07", seen: 5, sealedRows: 3 }),
      rows: 4,
      mark: undefined,
      decision: "seal-short",
      source: "events",
      missing: 1,
      wasShort: true,
    },
    {
      day: ledgerDay({ day: yesterday, seen: 5, sealedRows: 3 }),
      rows: 5,
      mark: undefined,
      decision: "seal",
      source: "events",
      missing: 0,
      wasShort: false,
    },
  ]);
});

test("a run's summary names the days by what became of them, the oldest first", () => {
  const results = new Map<string, Result>([
    ["2026-03-09", "sealed"],
    ["2026-03-08", "failed"],
    ["2026-03-07", "waiting"],
    ["2026-03-06", "sealed"],
    ["2026-03-05", "waiting"],
    ["2026-03-04", "failed"],
  ]);
  expect(toSummary(results)).toEqual({
    sealed: ["2026-03-06", "2026-03-09"],
    waiting: ["2026-03-05", "2026-03-07"],
    failed: ["2026-03-04", "2026-03-08"],
  });
  expect(toSummary(new Map())).toEqual({ sealed: [], waiting: [], failed: [] });
});

test("the watermark is the last settled day when no day is open", () => {
  expect(watermarkOf(rollupState(), morning)).toBe(yesterday);
  expect(watermarkOf(rollupState({ watermark: "2026-01-01", open: marks("2026-03-10") }), morning)).toBe(yesterday);
});

test("the watermark stands before the first open day, unless it has passed it", () => {
  expect(watermarkOf(rollupState({ watermark: "2026-03-06", open: marks("2026-03-08") }), morning)).toBe("2026-03-07");
  expect(watermarkOf(rollupState({ watermark: "2026-03-08", open: marks("2026-03-08") }), morning)).toBe(yesterday);
});

test("the watermark stands before yesterday while yesterday is open, and before the first of several open days", () => {
  expect(watermarkOf(rollupState({ watermark: "2026-03-06", open: marks(yesterday) }), morning)).toBe("2026-03-08");
  expect(watermarkOf(rollupState({ watermark: "2026-03-05", open: marks(yesterday, "2026-03-07") }), morning)).toBe(
    "2026-03-06",
  );
});

test("a day that stays open for long lets the watermark pass", () => {
  const stuck = rollupState({ watermark: "2026-03-05", open: marks("2026-03-06") });
  expect(watermarkOf(stuck, at("2026-03-09T07:00"))).toBe("2026-03-05");
  expect(watermarkOf(stuck, morning)).toBe(yesterday);
});

test("the watermark never goes back and never reaches today", () => {
  const someDay = fc.integer({ min: -10, max: 5 }).map((n) => addDays(yesterday, n));
  fc.assert(
    fc.property(fc.option(someDay, { nil: undefined }), fc.uniqueArray(someDay), (watermark, open) => {
      const known = rollupState({ open: marks(...open), ...(watermark === undefined ? {} : { watermark }) });
      const day = watermarkOf(known, morning);
      expect(day >= (watermark ?? "")).toBe(true);
      if (watermark === undefined || watermark <= yesterday) expect(day <= yesterday).toBe(true);
    }),
  );
});

test("a month is rolled up as a whole when it has been over for eight days and a settled one", () => {
  const due = rollupState({ watermark: "2026-03-09", dueMonths: new Set(["2026-02"]) });
  expect(monthsToRollUp(due, at("2026-03-09T00:14"))).toEqual([]);
  expect(monthsToRollUp(due, at("2026-03-09T00:15"))).toEqual(["2026-02"]);
  expect(monthsToRollUp(due, morning)).toEqual(["2026-02"]);
});

test("a month is rolled up as a whole only when all of it is sealed", () => {
  const sealedThrough = (watermark: string) => rollupState({ watermark, dueMonths: new Set(["2026-02"]) });
  expect(monthsToRollUp(sealedThrough("2026-02-27"), morning)).toEqual([]);
  expect(monthsToRollUp(sealedThrough("2026-02-28"), morning)).toEqual(["2026-02"]);
  expect(monthsToRollUp(rollupState({ dueMonths: new Set(["2026-02"]) }), morning)).toEqual([]);
});

test("of the months that are due those without an open day are rolled up, the oldest first", () => {
  const dueMonths = new Set(["2026-03", "2026-02", "2025-12", "2026-01", "2015-05"]);
  const known = rollupState({ watermark: "2026-03-09", dueMonths, open: marks("2025-12-31", "2026-03-10") });
  expect(monthsToRollUp(known, morning)).toEqual(["2015-05", "2026-01", "2026-02"]);
  expect(monthsToRollUp(rollupState({ watermark: "2026-03-09" }), morning)).toEqual([]);
});
