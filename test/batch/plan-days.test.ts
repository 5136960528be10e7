import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type BatchClock,
  daysToCheck,
  daysToRebuild,
  daysWithCopies,
  expiredDays,
  findLost,
  lostMonths,
  monthsToRollUp,
  planCopies,
  planDays,
  type Result,
  toSummary,
  watermarkOf,
} from "../../src/batch/plan-days.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { type LedgerDay, lastSettledDay } from "../../src/table/days/day-state.ts";
import { ledgerDay } from "../fixtures/ledger-day.ts";
import { rollupState } from "../fixtures/rollup-state.ts";

const at = (local: string): BatchClock => ({
  now: Date.parse(`${local}:00+09:00`),
  timezone: "Asia/Seoul",
  settleMinutes: 15,
  sealDeadlineHours: 6,
});
const morning = at("2026-03-10T07:00");
const allThere = { lost: new Set<string>(), lostEvents: new Set<string>(), old: new Set<string>() };
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
  expect(daysToCheck(known, allThere, morning)).toEqual([
    "2015-05-17",
    "2026-01-01",
    "2026-03-07",
    "2026-03-08",
    "2026-03-09",
  ]);
});

test("a day that is open, short and recent is looked at once, and the oldest first whatever it is looked at for", () => {
  const known = rollupState({
    open: marks("2026-03-09", "2026-03-05"),
    short: new Map([
      ["2026-03-05", 3],
      ["2020-02-29", 1],
    ]),
  });
  expect(daysToCheck(known, allThere, morning)).toEqual([
    "2020-02-29",
    "2026-03-05",
    "2026-03-07",
    "2026-03-08",
    "2026-03-09",
  ]);
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
/** A wait for rows, 4 of 5 of which had arrived, that was watched for so many hours, most recently an hour ago. */
const watched = (hours: number) => ({
  seen: 5,
  rows: 4,
  at: late.now - 3_600_000,
  watched: hours * 3_600_000,
  gaps: 1,
});
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
  ["open with rows missing, and never looked at before", { seen: 5 }, 4, true, false, at("2026-03-20T06:00"), "wait"],
  ["open with rows missing, watched for long", { seen: 5, waiting: watched(5) }, 4, true, false, late, "seal-short"],
  [
    "watched for nearly as long",
    { seen: 5, waiting: { ...watched(5), at: late.now - 3_599_999 } },
    4,
    true,
    false,
    late,
    "wait",
  ],
  [
    "watched for long, and then not",
    { seen: 5, waiting: { ...watched(9), at: late.now - 7_200_001 } },
    4,
    true,
    false,
    late,
    "wait",
  ],
  [
    "watched for long, before the clock went back",
    { seen: 5, waiting: { ...watched(9), at: late.now + 1 } },
    4,
    true,
    false,
    late,
    "wait",
  ],
  ["watched for long, before more was seen", { seen: 6, waiting: watched(9) }, 4, true, false, late, "wait"],
  ["watched for long, before more rows came", { seen: 6, waiting: watched(9) }, 5, true, false, late, "wait"],
  [
    "looked at now and then alone",
    { seen: 5, waiting: { ...watched(0), at: 0, gaps: 11 } },
    4,
    true,
    false,
    late,
    "seal-short",
  ],
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
    kept: new Map<string, number>(),
    sealed: allThere,
    state: rollupState({ open }),
    isRebuild,
  };
  const [plan] = planDays(found, clock);
  expect(plan?.decision ?? "nothing").toBe(decision);
  if (plan) expect([plan.mark, plan.missing]).toEqual([isOpen ? 1 : undefined, Math.max(0, (day.seen ?? 0) - rows)]);
});

/** How many of the day's raw events the lake has, and how many of those written when it was sealed. */
const lostCases: [string, Partial<LedgerDay>, number, number, string[], string][] = [
  ["whose rollup is gone", {}, 5, 0, ["lost"], "seal"],
  ["whose rollup is gone, raw events too", {}, 0, 4, ["lost"], "seal-again"],
  ["whose rollup is gone, all events too", {}, 0, 0, ["lost"], "restore"],
  ["whose written events are gone", {}, 5, 0, ["lostEvents"], "seal"],
  ["whose written events are gone, raw ones too", {}, 0, 0, ["lostEvents"], "nothing"],
  ["of an older release", {}, 5, 0, ["old"], "seal"],
  ["of an older release, raw events gone", {}, 2, 0, ["old"], "convert"],
  ["that got a late event after its raw events expired", { seen: 6 }, 1, 4, ["open"], "wait"],
  [
    "that got one, and was watched for long",
    { seen: 6, waiting: { ...watched(5), seen: 6, rows: 1 } },
    1,
    4,
    ["open"],
    "seal-again",
  ],
  ["to be rebuilt after its raw events expired", {}, 0, 4, ["rebuild"], "seal-again"],
];

test.each(lostCases)("a day %s is decided", (_name, day, rows, kept, signs, decision) => {
  const has = (sign: string) => new Set(signs.includes(sign) ? ["2026-03-01"] : []);
  const name = "2026-03-01";
  const found = {
    days: [name],
    known: new Map([[name, ledgerDay({ day: name, seen: 5, sealedRows: 5, ...day })]]),
    rows: new Map([[name, rows]]),
    kept: new Map([[name, kept]]),
    sealed: { lost: has("lost"), lostEvents: has("lostEvents"), old: has("old") },
    state: rollupState({ open: signs.includes("open") ? marks(name) : new Map() }),
    isRebuild: signs.includes("rebuild"),
  };
  const [plan] = planDays(found, late);
  expect(plan?.decision ?? "nothing").toBe(decision);
  if (plan) expect(plan.source).toBe(decision === "seal-again" ? "both" : "events");
});

test("what is listed and not in the catalog is lost, what the ledger alone knows is of an older release", () => {
  const inPlace = { rollups: new Set(["2026-03-01"]), daily_events: new Set(["2026-03-02"]) };
  const ledger = ["2026-02-01", "2026-03-01"].map((day) => ledgerDay({ day, sealedRows: 3 }));
  expect(
    findLost(new Set(["2026-03-01", "2026-03-02"]), inPlace, [...ledger, ledgerDay({ day: "2026-02-02" })]),
  ).toEqual({
    lost: new Set(["2026-03-02"]),
    lostEvents: new Set(["2026-03-01"]),
    old: new Set(["2026-02-01"]),
  });
});

test("lost days are looked at, and of those of an older release the newest first, some at a time", () => {
  const old = new Set(Array.from({ length: 500 }, (_, i) => addDays("2024-01-01", i)));
  const days = daysToCheck(
    rollupState(),
    { lost: new Set(["2020-01-01"]), lostEvents: new Set(["2020-01-02"]), old },
    late,
  );
  expect(days).toHaveLength(2 + 200 + 3);
  expect(days.slice(0, 3)).toEqual(["2020-01-01", "2020-01-02", addDays("2024-01-01", 300)]);
});

test("a month that is not in both tables of months is lost", () => {
  const known = rollupState({
    months: new Map([
      ["2026-01", "r"],
      ["2026-02", "r"],
    ]),
  });
  expect(lostMonths(known, new Set(["2026-01", "2026-02"]), new Set(["2026-02", "2026-03"]))).toEqual(["2026-01"]);
});

test("days of which the lake has fewer rows than when they were sealed have lost raw events", () => {
  const known = new Map(["2026-03-01", "2026-03-02"].map((day) => [day, ledgerDay({ day, sealedRows: 3 })]));
  expect(expiredDays(known, new Map([["2026-03-01", 3]]))).toEqual(["2026-03-02"]);
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
    kept: new Map<string, number>(),
    sealed: allThere,
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
      copies: "count if alone",
      missing: 1,
      wasShort: true,
      waiting: expect.objectContaining({ watched: 0 }),
    },
    {
      day: ledgerDay({ day: yesterday, seen: 5, sealedRows: 3 }),
      rows: 5,
      mark: undefined,
      decision: "seal",
      source: "events",
      copies: "count if alone",
      missing: 0,
      wasShort: false,
      waiting: expect.objectContaining({ watched: 0 }),
    },
  ]);
});

test("a day waits for copies that count while it may, and its own copies count only when these do not come", () => {
  const rest = { kept: new Map(), sealed: allThere, isRebuild: false };
  const days = ["2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08", yesterday];
  const known = new Map(days.map((day) => [day, ledgerDay({ day, seen: 5 })]));
  const longWatched = ledgerDay({ day: "2026-03-07", seen: 5, waiting: { ...watched(9), rows: 5 } });
  known.set(longWatched.day, longWatched);
  const state = rollupState({ open: marks(...days) });
  const found = { ...rest, days, known, rows: new Map(days.map((day) => [day, 5])), state };
  const plans = planDays(found, late);
  expect(daysWithCopies(plans)).toEqual(days);
  const unmet = new Map([
    ["2026-03-05", 2],
    ["2026-03-06", 0],
    ["2026-03-07", 1],
    ["2026-03-08", Number.NaN],
  ]);
  const planned = planCopies(plans, unmet, late).map(({ day, decision, copies }) => [day.day, decision, copies]);
  expect(planned).toEqual([
    ["2026-03-05", "wait", "count if alone"],
    ["2026-03-06", "seal", "never count"],
    ["2026-03-07", "seal", "count if alone"],
    ["2026-03-08", "wait", "count if alone"],
    [yesterday, "seal", "count if alone"],
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
