/**
 * Which partitions of `rollups` answer for a range of days. Days have a partition each. A month that has been over for a while
 * has two more, made from those of its days: one with the month's values (`m2026-03-<run>`), one with those of each day in
 * few files (`d2026-03-<run>`). So a question over years reads a few dozen files instead of thousands. A month's partitions are
 * never changed: when one of its days is rolled up again, the state forgets them, and the next ones get another name.
 */
import { addDays } from "../metrics/time-bucket.ts";

type Range = { from: string; to: string };

/** Days by ranges, and the names (`2026-03-<run>`) of whole months, each day in one place. */
export type Parts = { days: Range[]; months: string[] };

/** The month `YYYY-MM` of a day. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

export function firstOfMonth(month: string): string {
  return `${month}-01`;
}

export function lastOfMonth(month: string): string {
  const next = addDays(firstOfMonth(month), 31);
  return addDays(firstOfMonth(monthOf(next)), -1);
}

/** Covers a range by the months that lie in it and that no excepted day is in; `months` are those that are rolled up, by run. */
export function coverByMonths(
  { from, to, except }: Range & { except: readonly string[] },
  months: ReadonlyMap<string, string>,
): Parts {
  const torn = new Set(except.map(monthOf));
  const whole = [...months.keys()]
    .filter((month) => !torn.has(month) && firstOfMonth(month) >= from && lastOfMonth(month) <= to)
    .sort();
  const days: Range[] = [];
  let start = from;
  for (const month of whole) {
    if (start < firstOfMonth(month)) days.push({ from: start, to: addDays(firstOfMonth(month), -1) });
    start = addDays(lastOfMonth(month), 1);
  }
  if (start <= to) days.push({ from: start, to });
  return { days, months: whole.map((month) => `${month}-${months.get(month)}`) };
}
