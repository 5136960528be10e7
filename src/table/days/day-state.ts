/**
 * What is known about the days: how far history is sealed, which days have changed since, and what each day's ledger
 * item says. `src/table/days/day-ledger.ts` stores it. The batch uses it to decide what to roll up, and the query to
 * decide which layer answers for which day.
 */
import type { Drift } from "../../metrics/digest.ts";
import { addDays, DAY_MS, dayOf } from "../../metrics/time-bucket.ts";
import type { Frontier } from "../blocks/frontier.ts";
import type { SourceCount } from "./source-counts.ts";

/** The state of all rollups, one item. */
export type RollupState = {
  /** History answers for the days up to this one, except those in `open`. Absent before the first batch run. */
  watermark?: string;
  /** Increases with every rollup that is put in place; 0 while there is none. */
  rollupVersion: number;
  /** Days that got events since they were last rolled up, each with its mark: a number that moves with every change. */
  open: ReadonlyMap<string, number>;
  /** Days that were sealed with fewer rows than were seen, and how many were missing. */
  short: ReadonlyMap<string, number>;
  /** Months that are rolled up as a whole, each with the run that did it. */
  months: ReadonlyMap<string, string>;
  /** Months in which a day was rolled up after the month was. */
  dueMonths: ReadonlySet<string>;
  /** Whether all rollups made by older releases have been replaced: those do not say which breakdowns they hold. */
  hasNewRollups?: boolean;
  /**
   * A hash of the catalog at the last batch run, and the day since which it is so; `since` is empty if it was so from
   * the start. `metrics` are its metrics, each with its first day (see first-day.ts); older releases did not note them.
   */
  catalog?: { hash: string; since: string; metrics?: readonly (readonly [name: string, first: string])[] };
  lastRun?: BatchRun;
};

/** What the last run of the batch did. Times are epoch milliseconds. */
export type BatchRun = {
  startedAt: number;
  endedAt: number;
  sealed: readonly string[];
  /** Days left as they are: rows are still missing, another run is working on them, or the time was up. */
  waiting: readonly string[];
  failed: readonly string[];
  /** Months that were rolled up as a whole. */
  months: readonly string[];
};

/** A day's item in the ledger. Rows are rows of the lake, including copies of events; times are epoch milliseconds. */
export type LedgerDay = {
  day: string;
  /** Its visible blocks. */
  frontier: Frontier;
  /** Rows that the stream has passed on to the lake. */
  seen: number;
  /** When the last of these rows arrived. */
  seenAt?: number;
  /** Events of robots, which are kept but not counted. */
  robots?: number;
  /** What came from each source. */
  sources?: readonly SourceCount[];
  lakeRows?: number;
  /** How long the batch has waited for the day's missing rows. */
  waiting?: Waiting;
  sealedRows?: number;
  sealedSeen?: number;
  firstSealedAt?: number;
  sealedAt?: number;
  /** Event ids that stood for several different events when the day was sealed. */
  reusedIds?: number;
  /** How many breakdowns differed when the day's blocks were compared with its rollup, and the first few of them. */
  drift?: number;
  drifted?: readonly Drift[];
  /**
   * How many rows erasures have removed (`seen` and `sealedRows` no longer include them), and since when an erasure is
   * going on.
   */
  erasedRows?: number;
  erasingAt?: number;
  /** The run whose rollup is in place. */
  run?: string;
  /** The run that is putting its rollup in place, and since when. */
  moving?: { run: string; at: number };
};

/**
 * How long the batch has waited for a day whose rows are not all in the lake: the rows seen and the rows in the lake
 * when a run last looked, when that was (epoch ms), how long these numbers have been watched (ms), and how many gaps
 * there were (src/batch/waiting.ts).
 */
export type Waiting = { seen: number; rows: number; at: number; watched: number; gaps: number };

/**
 * How long after its first rollup an open day is answered from its blocks. Later some of them may have expired, so the
 * rollup answers.
 */
export const BLOCKS_ANSWER_MS = 6 * DAY_MS;

/** The last day that has been over for at least `settleMinutes`. */
export function lastSettledDay(now: number, timeZone: string, settleMinutes: number): string {
  return addDays(dayOf(now - settleMinutes * 60_000, timeZone), -1);
}

/** Whether the blocks of an open day are still complete: they are kept for some time after the day was first sealed. */
export function hasBlocks({ firstSealedAt }: Pick<LedgerDay, "firstSealedAt">, now: number): boolean {
  return firstSealedAt === undefined || now - firstSealedAt < BLOCKS_ANSWER_MS;
}
