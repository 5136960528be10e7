/**
 * The live view, from blocks. These keep totals by minute; groups are those of the blocks that arrived in the last
 * minutes.
 */

import { joinKey } from "../metrics/key.ts";
import type { Tally, Value } from "../metrics/merge.ts";
import { mergeValues, toNumber } from "../metrics/merge.ts";
import { minuteOf } from "../metrics/time-bucket.ts";
import type { LiveAnswer, LiveGroupsAnswer } from "../schemas/api/answer.ts";
import { exactNumber } from "./exact-number.ts";
import { toRealtime } from "./parts.ts";
import type { Grouping, LiveQuestion } from "./question.ts";
import { toGroups, withOther } from "./to-answer.ts";

const MINUTE_MS = 60_000;

/** The last `count` local minutes, ending with the current one; fewer when the clock goes back and minutes repeat. */
export function lastMinutes(now: number, count: number, timeZone: string): string[] {
  return [...new Set(Array.from({ length: count }, (_, i) => minuteOf(now - (count - 1 - i) * MINUTE_MS, timeZone)))];
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

/** When the first of the last `count` minutes begins (epoch ms); within a minute, the same question has one answer. */
export function startOfMinutes(now: number, count: number): number {
  return (Math.floor(now / MINUTE_MS) - count + 1) * MINUTE_MS;
}

type GroupsFacts = { since: number; partial: ReadonlySet<string>; timezone: string };

/** The answer in groups, from the values of each day that arrived since an instant. */
export function toLiveGroups(
  question: Grouping,
  tallies: ReadonlyMap<string, Tally>,
  { since, partial, timezone }: GroupsFacts,
): LiveGroupsAnswer {
  const { total, groups, bounded } = toRealtime(tallies, question);
  const numbers = new Map([...groups].map(([key, value]) => [key, toNumber(value)]));
  const { groups: shown = [], other } = withOther(
    toGroups(question, numbers),
    question.metric.value.kind === "distinct" ? undefined : toNumber(total),
  );
  return {
    metric: question.metric.name,
    timezone,
    since: new Date(since).toISOString(),
    total: exactNumber(toNumber(total)),
    groups: shown,
    groups_total: numbers.size,
    ...(other !== undefined && { other }),
    ...(bounded && { bounded_days: bounded }),
    ...(partial.size > 0 && { partial_days: [...partial].sort() }),
  };
}
