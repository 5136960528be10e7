/**
 * What the batch decides: which days to look at, what becomes of each given the rows that the lake holds of it, and how far the
 * watermark goes. Days are independent of each other: one that waits or fails holds none of the others back.
 */
import type { EventSource } from "../athena-queries/daily-events.ts";
import { lastOfMonth, monthOf } from "../athena-queries/rollup-parts.ts";
import { addDays, daysBetween, startOfDay } from "../metrics/time-bucket.ts";
import { noBlocks } from "../table/frontier.ts";
import { type LedgerDay, lastSettledDay, type RollupState } from "./day-state.ts";

export type BatchClock = { now: number; timezone: string; settleMinutes: number; sealDeadlineHours: number };

/**
 * - `seal`: every row that was seen has arrived, so roll the day up
 * - `seal-short`: rows are missing, and have been for too long
 * - `wait`: rows are missing, and may still come
 * - `leave`: a closed day of which nothing new has arrived
 * - `give-up`: the lake has fewer rows than when the day was sealed, because raw events expire: keep the rollup that there is
 */
export type Decision = "seal" | "seal-short" | "wait" | "leave" | "give-up";

/** A day to do something about: its ledger item, the rows that the lake holds, its mark if it is open, and what to do. */
export type DayPlan = {
  day: LedgerDay;
  rows: number;
  mark: number | undefined;
  /** Where the day's events are. */
  source: EventSource;
  /** Rows that the rollup will lack; `wasShort` when it lacked some before. */
  missing: number;
  wasShort: boolean;
  decision: Exclude<Decision, "leave">;
};

/** What became of a day in a run. */
export type Result = "sealed" | "waiting" | "failed";

type Found = {
  days: readonly string[];
  known: ReadonlyMap<string, LedgerDay>;
  rows: ReadonlyMap<string, number>;
  state: RollupState;
  isRebuild: boolean;
};

const HOUR_MS = 3_600_000;
/** Late events come within `maxLatenessDays` (7), but for those of imports. */
const MONTH_RESTS_DAYS = 8;
/** Firehose delivers for a day at most: after these days nothing can arrive in the lake any more. */
const RECHECK_DAYS = 3;
/** A day that cannot be sealed holds the watermark back for so long; its mark keeps it on its blocks anyway. */
const HOLD_DAYS = 3;

/**
 * The days to look at, oldest first: the open ones that are over; those of the last days, because Firehose may deliver a file
 * twice and so make a day look complete when it is not; and those that were sealed with rows missing.
 */
export function daysToCheck(state: RollupState, clock: BatchClock): string[] {
  const last = lastSettledDay(clock.now, clock.timezone, clock.settleMinutes);
  const recent = daysBetween(addDays(last, 1 - RECHECK_DAYS), last);
  const days = new Set([...state.open.keys(), ...state.short.keys(), ...recent]);
  return [...days].filter((day) => day <= last).sort();
}

/** The days of a rebuild that are over. */
export function daysToRebuild({ from, to }: { from: string; to: string }, clock: BatchClock): string[] {
  const last = lastSettledDay(clock.now, clock.timezone, clock.settleMinutes);
  return daysBetween(from, to < last ? to : last);
}

/** What to do about each day, in the days' order; days without events and those that need nothing are left out. */
export function planDays({ days, known, rows: counts, state, isRebuild }: Found, clock: BatchClock): DayPlan[] {
  return days.flatMap((name) => {
    const rows = counts.get(name) ?? 0;
    const day = known.get(name) ?? { day: name, seen: 0, frontier: noBlocks };
    const mark = state.open.get(name);
    const decision = decide({ day, rows, isOpen: mark !== undefined, isRebuild }, clock);
    if (decision === "leave") return [];
    return [
      {
        day,
        rows,
        mark,
        decision,
        source: "events",
        missing: Math.max(0, day.seen - rows),
        wasShort: state.short.has(name),
      },
    ];
  });
}

/** The run's result by what became of the days. */
export function toSummary(results: ReadonlyMap<string, Result>): Record<Result, string[]> {
  const daysThat = (result: Result) => [...results].flatMap(([day, became]) => (became === result ? [day] : [])).sort();
  return { sealed: daysThat("sealed"), waiting: daysThat("waiting"), failed: daysThat("failed") };
}

/**
 * Where the watermark belongs: at the last day that is over and settled, but before the first open day. Days without events
 * need no rollup. It never goes back, so an open day that it has passed (a late event) does not count.
 */
export function watermarkOf(state: RollupState, clock: BatchClock): string {
  const last = lastSettledDay(clock.now, clock.timezone, clock.settleMinutes);
  const passed = state.watermark ?? "";
  const holding = [...state.open.keys()].filter(
    (day) => day > passed && day > addDays(last, -HOLD_DAYS) && day <= last,
  );
  const first = holding.sort()[0];
  const day = first === undefined ? last : addDays(first, -1);
  if (day < passed) return passed;
  return day;
}

type OneDay = { day: LedgerDay; rows: number; isOpen: boolean; isRebuild: boolean };

function decide({ day, rows, isOpen, isRebuild }: OneDay, clock: BatchClock): Decision {
  const sealedRows = day.sealedRows ?? 0;
  const isNews = isOpen || isRebuild || (day.sealedRows !== undefined && rows > sealedRows);
  if (!isNews || (day.seen === 0 && rows === 0)) return "leave";
  if (rows < sealedRows) return "give-up";
  if (rows >= day.seen) return "seal";
  return isOpen && clock.now < deadlineOf(day, clock) ? "wait" : "seal-short";
}

/** The months to roll up as a whole: over for a while, so that few late events come any more, and with no open day. */
export function monthsToRollUp(state: RollupState, clock: BatchClock): string[] {
  const restedSince = addDays(lastSettledDay(clock.now, clock.timezone, clock.settleMinutes), -MONTH_RESTS_DAYS);
  const last = [restedSince, state.watermark ?? ""].sort()[0] ?? "";
  const torn = new Set([...state.open.keys()].map(monthOf));
  return [...state.dueMonths].filter((month) => lastOfMonth(month) <= last && !torn.has(month)).sort();
}

/** How long an open day waits for its rows: from its end, or from when the last late event of it came. */
function deadlineOf({ day, seenAt }: LedgerDay, { timezone, sealDeadlineHours }: BatchClock): number {
  return Math.max(startOfDay(addDays(day, 1), timezone), seenAt ?? 0) + sealDeadlineHours * HOUR_MS;
}
