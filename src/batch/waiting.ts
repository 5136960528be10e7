/**
 * How long the batch has waited for a day whose rows are not all in the lake, measured in time that batch runs have
 * observed. The clock alone is not enough: a machine that slept over midnight, was killed and started the next day, or
 * whose clock jumped, still has its rows in the queue when a run first looks. So time counts only from one run to the
 * next while nothing of the day changes, and a gap in which no run looked does not count.
 */
import type { LedgerDay, Waiting } from "../table/days/day-state.ts";

/** Runs are an hour apart. */
const LONGEST_STEP_MS = 2 * 3_600_000;
/**
 * How many gaps there may be, as on a machine that runs only now and then; after that the batch no longer waits for the
 * day.
 */
const MOST_GAPS = 12;

/** What a run that looks at `now` (epoch ms) knows about the wait. */
export function lookAgain({ seen, waiting: last }: LedgerDay, rows: number, now: number): Waiting {
  if (last === undefined || last.seen !== seen || last.rows !== rows)
    return { seen, rows, at: now, watched: 0, gaps: 0 };
  const step = now - last.at;
  const isWatched = step >= 0 && step <= LONGEST_STEP_MS;
  return { ...last, at: now, watched: last.watched + (isWatched ? step : 0), gaps: last.gaps + (isWatched ? 0 : 1) };
}

/**
 * Whether the batch has waited long enough. Never in the run right after a gap: what was in the queue may be on its
 * way.
 */
export function isLongEnough({ watched, gaps }: Waiting, last: Waiting | undefined, deadlineHours: number): boolean {
  if (gaps >= MOST_GAPS) return true;
  return watched >= deadlineHours * 3_600_000 && gaps === (last?.gaps ?? 0);
}
