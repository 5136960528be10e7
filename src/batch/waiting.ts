/**
 * How long a day has been waited for whose rows are not all in the lake, in time that batch runs have seen pass. The clock alone
 * does not tell: a machine that slept over midnight, was killed and started the next day, or whose clock jumped, has its rows still
 * in the queue when a run first looks. So a step counts from one run to the next, while nothing of the day moves, and a gap in
 * which no run looked does not count.
 */
import type { LedgerDay, Waiting } from "../table/days/day-state.ts";

/** Runs are an hour apart. */
const LONGEST_STEP_MS = 2 * 3_600_000;
/** So many times a machine may be on for a while only; then the day is no longer waited for. */
const MOST_GAPS = 12;

/** What a run that looks at `now` (epoch ms) knows of the wait. */
export function lookAgain({ seen, waiting: last }: LedgerDay, rows: number, now: number): Waiting {
  if (last === undefined || last.seen !== seen || last.rows !== rows)
    return { seen, rows, at: now, watched: 0, gaps: 0 };
  const step = now - last.at;
  const isWatched = step >= 0 && step <= LONGEST_STEP_MS;
  return { ...last, at: now, watched: last.watched + (isWatched ? step : 0), gaps: last.gaps + (isWatched ? 0 : 1) };
}

/** Whether a day has been waited for long enough. Never in the run after a gap: what the queue held may be on its way. */
export function isLongEnough({ watched, gaps }: Waiting, last: Waiting | undefined, deadlineHours: number): boolean {
  if (gaps >= MOST_GAPS) return true;
  return watched >= deadlineHours * 3_600_000 && gaps === (last?.gaps ?? 0);
}
