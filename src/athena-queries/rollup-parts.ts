/**
 * Which rollups answer for a range of days. Each day has a partition of `rollups`. A month that has been over for a
 * while has its numbers in `rollups_monthly`, and the numbers of each of its days, in few files, in `rollups_by_month`.
 * So a question over years reads a few dozen files instead of thousands. When a day of a month is rolled up again, the
 * state forgets the month until the month is rolled up again, too.
 */
import { addDays, type DayRange, firstOfMonth, lastOfMonth, monthOf } from "../metrics/time-bucket.ts";

/** Ranges of days, and whole months (`2026-03`); no day is in both. */
export type Parts = { days: DayRange[]; months: string[] };

/**
 * Covers a range as far as possible by months that are completely in it and contain no excepted day; `months` are those
 * that are rolled up.
 */
export function coverByMonths(
  { from, to, except }: DayRange & { except: readonly string[] },
  months: ReadonlySet<string>,
): Parts {
  const torn = new Set(except.map(monthOf));
  const whole = [...months]
    .filter((month) => !torn.has(month) && firstOfMonth(month) >= from && lastOfMonth(month) <= to)
    .sort();
  const days: DayRange[] = [];
  let start = from;
  for (const month of whole) {
    if (start < firstOfMonth(month)) days.push({ from: start, to: addDays(firstOfMonth(month), -1) });
    start = addDays(lastOfMonth(month), 1);
  }
  if (start <= to) days.push({ from: start, to });
  return { days, months: whole };
}
