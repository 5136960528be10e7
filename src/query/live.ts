/** The live view: a metric's value in each of the last minutes, from blocks, which keep totals by minute. */

import { joinKey } from "../metrics/key.ts";
import type { Tally, Value } from "../metrics/merge.ts";
import { mergeValues, toNumber } from "../metrics/merge.ts";
import { minuteOf } from "../metrics/time-bucket.ts";
import type { LiveAnswer } from "../schemas/api/answer.ts";
import { exactNumber } from "./exact-number.ts";
import type { LiveQuestion } from "./question.ts";

/** The last `count` local minutes, ending with the current one; fewer when the clock goes back and minutes repeat. */
export function lastMinutes(now: number, count: number, timeZone: string): string[] {
  return [...new Set(Array.from({ length: count }, (_, i) => minuteOf(now - (count - 1 - i) * 60_000, timeZone)))];
}

/** The answer for these minutes, from what the blocks hold for them. */
export function toLiveAnswer(
  { metric, where }: LiveQuestion,
  minutes: readonly string[],
  tallies: ReadonlyMap<string, Tally>,
  timezone: string,
): LiveAnswer {
  const key = metric.unit === undefined ? "" : joinKey([where[metric.unit] ?? ""]);
  const values = minutes.map((minute) => tallies.get(minute)?.get(key));
  const total = values.reduce<Value | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? (sum ?? value) : mergeValues(sum, value)),
    undefined,
  );
  return {
    metric: metric.name,
    timezone,
    minutes: minutes.map((minute, i) => ({ minute, value: exactNumber(toNumber(values[i])) })),
    total: exactNumber(toNumber(total)),
  };
}
