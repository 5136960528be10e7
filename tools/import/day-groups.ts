/**
 * The days of an import in groups, in the order of their first appearance: those of the first group are sent while the
 * file is read; the lines of the others wait on disk (line-store.ts). A day is in the same group whenever the file is
 * read again.
 */
import { dayOf } from "../../src/metrics/time-bucket.ts";

export type DayGroups = {
  /** The group of a day, from 0. */
  groupOf(day: string): number;
  /** The number of days and groups so far. */
  readonly days: number;
  readonly groups: number;
};

export function createDayGroups(daysInGroup: number): DayGroups {
  const numbers = new Map<string, number>();
  return {
    groupOf(day) {
      const number = numbers.get(day) ?? numbers.size;
      numbers.set(day, number);
      return Math.floor(number / daysInGroup);
    },
    get days() {
      return numbers.size;
    },
    get groups() {
      return Math.ceil(numbers.size / daysInGroup);
    },
  };
}

/**
 * The day to which the server will assign an event, as far as its line tells; "" if it has no time, or an impossible
 * one.
 */
export function dayOfEvent(instant: number | undefined, timezone: string): string {
  return instant === undefined || !(Math.abs(instant) <= LAST_INSTANT) ? "" : dayOf(instant, timezone);
}

// https://tc39.es/ecma262/#sec-time-values-and-time-range, minus the largest offset
const LAST_INSTANT = 8.64e15 - 86_400_000;
