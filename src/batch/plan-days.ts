/**
 * The batch's decisions: which days to look at, what to do with each, given the rows that the lake holds, and how far
 * the watermark moves. Days are independent: one that waits or fails does not hold up the others.
 */
import type { EventsFrom, MarkedCopies } from "../athena-queries/daily-events.ts";
import { addDays, daysBetween, lastOfMonth, monthOf } from "../metrics/time-bucket.ts";
import { noBlocks } from "../table/blocks/frontier.ts";
import { type LedgerDay, lastSettledDay, type RollupState, type Waiting } from "../table/days/day-state.ts";
import { isLongEnough, lookAgain } from "./waiting.ts";

export type BatchClock = { now: number; timezone: string; settleMinutes: number; sealDeadlineHours: number };

/**
 * - `seal`: every row that was seen has arrived, so write the day's events and roll it up
 * - `seal-short`: rows are missing, and runs have waited for them long enough
 * - `seal-again`: raw events have expired since the day was sealed, so use the events written then, and new ones
 * - `convert`: the events are gone, and the rollup is in an older form: convert it
 * - `restore`: the events are gone, and the rollup is no longer in the catalog: put it back
 * - `wait`: rows may still arrive, or the copies that count of events that were sent again
 * - `leave`: a closed day for which nothing new has arrived
 * - `give-up`: raw events have expired, and the day was sealed before its events were stored: keep the existing rollup
 */
export type Decision = "seal" | "seal-short" | "seal-again" | "convert" | "restore" | "wait" | "leave" | "give-up";

/**
 * A day that something must be done about: its ledger item, the rows that the lake holds, its mark if it is open, and
 * the decision.
 */
export type DayPlan = {
  day: LedgerDay;
  rows: number;
  mark: number | undefined;
  /** Where the day's events are. */
  source: EventsFrom;
  /** Whether events marked as copies may count on this day. */
  copies: MarkedCopies;
  /** Rows that the rollup will lack. */
  missing: number;
  /** Whether the last rollup lacked rows. */
  wasShort: boolean;
  /** How long the batch has waited for the day, including this run. */
  waiting: Waiting;
  decision: Exclude<Decision, "leave">;
};

/** What became of a day in a run. */
export type Result = "sealed" | "waiting" | "failed";

/** What is known about the sealed days, besides their ledger items. */
export type SealedFacts = {
  /** Days whose rollups are no longer in the catalog. */
  lost: ReadonlySet<string>;
  /** Days whose events are no longer in the catalog. */
  lostEvents: ReadonlySet<string>;
  /** Days whose rollup was made by an older release. */
  old: ReadonlySet<string>;
};

type Found = {
  days: readonly string[];
  known: ReadonlyMap<string, LedgerDay>;
  /** Rows in the lake by day. */
  rows: ReadonlyMap<string, number>;
  /** Rows of `daily_events` by day. */
  kept: ReadonlyMap<string, number>;
  sealed: SealedFacts;
  state: RollupState;
  isRebuild: boolean;
};

/** Late events come within `maxLatenessDays` (7), except those of imports. */
const MONTH_RESTS_DAYS = 8;
/** Firehose tries to deliver for a day at most: after this many days nothing can arrive in the lake any more. */
const RECHECK_DAYS = 3;
/** Longer than a batch run can live. */
const ERASING_MS = 20 * 60_000;
/**
 * How long a day that cannot be sealed holds back the watermark. After that its mark still keeps it answered from
 * blocks.
 */
const HOLD_DAYS = 3;
/** Days of an older release are rolled up again a few at a time, so that they do not hold up others. */
const MOST_OLD_DAYS = 200;

/**
 * The days to look at, oldest first:
 *
 * - open days that are over;
 * - the last few days, because Firehose may deliver a file twice, and a day then looks complete when it is not;
 * - days that were sealed with rows missing;
 * - days whose rollup or events are gone from the catalog;
 * - some of the days that an older release sealed.
 */
export function daysToCheck(state: RollupState, { lost, lostEvents, old }: SealedFacts, clock: BatchClock): string[] {
  const last = lastSettledDay(clock.now, clock.timezone, clock.settleMinutes);
  const recent = daysBetween(addDays(last, 1 - RECHECK_DAYS), last);
  const older = [...old].sort().slice(-MOST_OLD_DAYS);
  const days = new Set([...state.open.keys(), ...state.short.keys(), ...recent, ...lost, ...lostEvents, ...older]);
  return [...days].filter((day) => day <= last).sort();
}

/**
 * The sealed days to which something has happened. `listed` are the days that were put in place, `inPlace` those in the
 * catalog now. `ledger` is all days if an older release, which lists none, may have sealed some.
 */
export function findLost(
  listed: ReadonlySet<string>,
  inPlace: { rollups: ReadonlySet<string>; daily_events: ReadonlySet<string> },
  ledger: readonly LedgerDay[],
): SealedFacts {
  const sealed = ledger.filter(({ day, sealedRows = 0 }) => sealedRows > 0 && !listed.has(day));
  return {
    lost: new Set([...listed].filter((day) => !inPlace.rollups.has(day))),
    lostEvents: new Set([...listed].filter((day) => !inPlace.daily_events.has(day))),
    old: new Set(sealed.map(({ day }) => day)),
  };
}

/** Months that count as rolled up but are no longer in the catalog. */
export function lostMonths(state: RollupState, ...tables: ReadonlySet<string>[]): string[] {
  return [...state.months.keys()].filter((month) => !tables.every((table) => table.has(month)));
}

/**
 * The days for which the lake holds fewer rows than when they were sealed: the events written then may replace the
 * missing ones.
 */
export function expiredDays(known: ReadonlyMap<string, LedgerDay>, rows: ReadonlyMap<string, number>): string[] {
  return [...known.values()]
    .filter(({ day, sealedRows = 0 }) => (rows.get(day) ?? 0) < sealedRows)
    .map(({ day }) => day);
}

/** The days of a rebuild that are over. */
export function daysToRebuild({ from, to }: { from: string; to: string }, clock: BatchClock): string[] {
  const last = lastSettledDay(clock.now, clock.timezone, clock.settleMinutes);
  return daysBetween(from, to < last ? to : last);
}

/** What to do about each day, in the order of `days`; days without events and days that need nothing are left out. */
export function planDays(
  { days, known, rows: counts, kept, sealed, state, isRebuild }: Found,
  clock: BatchClock,
): DayPlan[] {
  return days.flatMap((name) => {
    const rows = counts.get(name) ?? 0;
    const day = known.get(name) ?? { day: name, seen: 0, frontier: noBlocks };
    // An erasure is replacing files, so some rows are there twice for now; the next run looks again.
    if (day.erasingAt !== undefined && clock.now - day.erasingAt < ERASING_MS) return [];
    const mark = state.open.get(name);
    const [isLost, isOld] = [sealed.lost.has(name), sealed.old.has(name)];
    const lacksEvents = sealed.lostEvents.has(name);
    const about = {
      day,
      rows,
      kept: kept.get(name) ?? 0,
      isOpen: mark !== undefined,
      isRebuild,
      isLost,
      isOld,
      lacksEvents,
    };
    const waiting = lookAgain(day, rows, clock.now);
    const decision = decide({ ...about, mayWait: !isLongEnough(waiting, day.waiting, clock.sealDeadlineHours) });
    if (decision === "leave") return [];
    return [
      {
        day,
        rows,
        mark,
        decision,
        source: decision === "seal-again" ? "both" : "events",
        copies: "count if alone",
        missing: Math.max(0, day.seen - rows),
        wasShort: state.short.has(name),
        waiting,
      },
    ];
  });
}

/** The days to seal from their raw events, among which may be copies. */
export function daysWithCopies(plans: readonly DayPlan[]): string[] {
  return plans.filter(isFromRawEvents).map(({ day }) => day.day);
}

/**
 * What becomes of a day's copies. `unmet` says for each day that has copies of how many events the lake lacks the copy
 * that counts; NaN if Athena cannot tell. Where it lacks one, the day waits as long as it may; then the copies count.
 */
export function planCopies(
  plans: readonly DayPlan[],
  unmet: ReadonlyMap<string, number>,
  { sealDeadlineHours }: BatchClock,
): DayPlan[] {
  const mayWait = ({ day, mark, decision, waiting }: DayPlan) =>
    decision === "seal" && mark !== undefined && !isLongEnough(waiting, day.waiting, sealDeadlineHours);
  return plans.map((plan) => {
    const missing = isFromRawEvents(plan) ? unmet.get(plan.day.day) : undefined;
    if (missing === undefined) return plan;
    if (missing === 0) return { ...plan, copies: "never count" };
    return mayWait(plan) ? { ...plan, decision: "wait" } : plan;
  });
}

function isFromRawEvents({ decision }: DayPlan): boolean {
  return decision === "seal" || decision === "seal-short";
}

/** The run's summary, from what became of the days. */
export function toSummary(results: ReadonlyMap<string, Result>): Record<Result, string[]> {
  const daysThat = (result: Result) => [...results].flatMap(([day, became]) => (became === result ? [day] : [])).sort();
  return { sealed: daysThat("sealed"), waiting: daysThat("waiting"), failed: daysThat("failed") };
}

/**
 * Where the watermark belongs: at the last day that is over and settled, but before the first open day. Days without
 * events need no rollup. The watermark never moves back, so an open day that it has passed (because of a late event)
 * does not count.
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

type OneDay = {
  day: LedgerDay;
  rows: number;
  kept: number;
  isOpen: boolean;
  isRebuild: boolean;
  isLost: boolean;
  isOld: boolean;
  lacksEvents: boolean;
  mayWait: boolean;
};

function decide(one: OneDay): Decision {
  const { day, rows, isOpen, isRebuild, isLost, isOld, lacksEvents, mayWait } = one;
  const sealedRows = day.sealedRows ?? 0;
  const isNews =
    isOpen || isRebuild || isLost || isOld || lacksEvents || (day.sealedRows !== undefined && rows > sealedRows);
  if (!isNews) return "leave";
  if (rows < sealedRows) return decideExpired(one);
  // A sealed day of which an erasure has left nothing still has a rollup, and can be rolled up again.
  if (day.seen === 0 && rows === 0 && day.run === undefined) return "leave";
  if (rows >= day.seen) return "seal";
  return isOpen && mayWait ? "wait" : "seal-short";
}

/**
 * It can no longer be known how many rows of late events are still to come, so they get the longest time that rows get.
 */
function decideExpired({ kept, isOpen, isRebuild, isLost, isOld, mayWait }: OneDay): Decision {
  const isNews = isOpen || isRebuild || isLost || isOld;
  if (kept > 0 && isNews) return isOpen && mayWait ? "wait" : "seal-again";
  if (isOld) return "convert";
  if (isLost) return "restore";
  return isNews ? "give-up" : "leave";
}

/**
 * The months to roll up as a whole: over for a while, so that few late events are still to come, and without open days.
 */
export function monthsToRollUp(state: RollupState, clock: BatchClock): string[] {
  const restedSince = addDays(lastSettledDay(clock.now, clock.timezone, clock.settleMinutes), -MONTH_RESTS_DAYS);
  const last = [restedSince, state.watermark ?? ""].sort()[0] ?? "";
  const torn = new Set([...state.open.keys()].map(monthOf));
  // Days that an older release sealed are rolled up again first.
  if (!state.hasNewRollups) return [];
  return [...state.dueMonths].filter((month) => lastOfMonth(month) <= last && !torn.has(month)).sort();
}
