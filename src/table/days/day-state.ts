/**
 * What is known of the days: how far history is sealed, which days have changed since, and what each day's ledger item says.
 * `src/table/days/day-ledger.ts` keeps it; the batch decides by it what to roll up, the query which layer answers for which day.
 */
import type { Drift } from "../../metrics/digest.ts";
import { addDays, DAY_MS, dayOf } from "../../metrics/time-bucket.ts";
import type { Frontier } from "../blocks/frontier.ts";

/** The state of all rollups, one item. */
export type RollupState = {
  /** History answers for the days up to this one, but not for those in `open`. Absent before the first batch run. */
  watermark?: string;
  /** Goes up with every rollup that is put in place; 0 while there is none. */
  rollupVersion: number;
  /** Days that got events since they were last rolled up, each with its mark: a number that moves with every change. */
  open: ReadonlyMap<string, number>;
  /** Days that had to be sealed with fewer rows than were seen, and how many were missing. */
  short: ReadonlyMap<string, number>;
  /** Months that are rolled up as a whole, with the run that did it; and months that have rollups of days newer than that. */
  months: ReadonlyMap<string, string>;
  dueMonths: ReadonlySet<string>;
  /** Whether there is no day left whose rollup an older release has made: those do not say what they hold. */
  hasNewRollups?: boolean;
  /** What the catalog was when the batch ran last, and the day on which it became so; empty when it was from the beginning. */
  catalog?: { hash: string; since: string };
  lastRun?: BatchRun;
};

/** What the last run of the batch did. Times are epoch milliseconds. */
export type BatchRun = {
  startedAt: number;
  endedAt: number;
  sealed: readonly string[];
  /** Days that stay as they are: not all their rows have arrived, another run is at them, or the time was up. */
  waiting: readonly string[];
  failed: readonly string[];
  /** Months that were rolled up as a whole. */
  months: readonly string[];
};

/** One day's item in the ledger. Rows are rows of the lake, copies of events included; times are epoch milliseconds. */
export type LedgerDay = {
  day: string;
  /** Its visible blocks. */
  frontier: Frontier;
  /** Rows that the stream has passed on. */
  seen: number;
  /** When the last of them came. */
  seenAt?: number;
  lakeRows?: number;
  /** How long it has been waited for, while rows are missing. */
  waiting?: Waiting;
  sealedRows?: number;
  sealedSeen?: number;
  firstSealedAt?: number;
  sealedAt?: number;
  /** Event ids that stood for several events when the day was sealed. */
  reusedIds?: number;
  /** How many breakdowns differed when the day's blocks were compared with its rollup, and the first of them. */
  drift?: number;
  drifted?: readonly Drift[];
  /** Rows that erasures have taken; `seen` and `sealedRows` are without them. And since when one is going on. */
  erasedRows?: number;
  erasingAt?: number;
  /** The run whose rollup is in place. */
  run?: string;
  /** The run that is putting its rollup in place, and since when. */
  moving?: { run: string; at: number };
};

/**
 * How long a day whose rows are not all in the lake has been waited for: the rows seen and those in the lake when a run last looked,
 * when that was (epoch ms), how long these numbers have been watched (ms), and how many gaps there were (src/batch/waiting.ts).
 */
export type Waiting = { seen: number; rows: number; at: number; watched: number; gaps: number };

/** Blocks are read for an open day for so long after its first rollup; later some may have expired, and the rollup answers. */
export const BLOCKS_ANSWER_MS = 6 * DAY_MS;

/** The last day that is over, and has been for `settleMinutes`. */
export function lastSettledDay(now: number, timeZone: string, settleMinutes: number): string {
  return addDays(dayOf(now - settleMinutes * 60_000, timeZone), -1);
}

/** Whether the blocks of an open day are still whole: they are kept for a time after the day was first sealed. */
export function hasBlocks({ firstSealedAt }: Pick<LedgerDay, "firstSealedAt">, now: number): boolean {
  return firstSealedAt === undefined || now - firstSealedAt < BLOCKS_ANSWER_MS;
}
