/** The answer to a question: the sum of both layers, in the form of the API. */
import { type Dimension, HOUR, type Metric } from "../metrics/define-metric.ts";
import { splitKey } from "../metrics/key.ts";
import { mergeValues, toNumber, toRanking, type Value } from "../metrics/merge.ts";
import { daysBetween, hoursOfDay, withOffset } from "../metrics/time-bucket.ts";
import type { MetricAnswer } from "../schemas/api/answer.ts";
import { exactNumber } from "./exact-number.ts";
import type { LayerPart } from "./parts.ts";
import { isMixed, type Question } from "./question.ts";

/** The answer from both parts. A distinct count's realtime part is what the present adds to the sealed estimate. */
export function toAnswer(
  question: Question,
  { history, realtime }: { history: LayerPart; realtime: LayerPart },
  {
    now,
    timezone,
    watermark,
    lacking = [],
    partial = [],
  }: {
    now: number;
    timezone: string;
    watermark: string | undefined;
    lacking?: readonly string[];
    partial?: readonly string[];
  },
): MetricAnswer {
  const { metric, from, to, by, series } = question;
  const total = toNumber(sum(history.total, realtime.total));
  const sealed = toNumber(history.total);
  const numbers = isMixed(metric, question.where)
    ? { total: null, history: null, realtime: null }
    : { total: exactNumber(total), history: exactNumber(sealed), realtime: exactNumber(total - sealed) };
  return {
    metric: metric.name,
    from,
    to,
    timezone,
    sealed_through: watermark ?? null,
    ...numbers,
    ...(series
      ? { series: toSeries(question, new Map([...history.points, ...realtime.points]), { now, timezone }) }
      : {}),
    ...(by.length > 0
      ? withOther(toGroups(question, history, realtime), metric, numbers.total === null ? undefined : total)
      : {}),
    ...(realtime.bounded && { bounded_days: realtime.bounded }),
    ...(partial.length > 0 && { partial_days: [...partial] }),
    ...toIncomplete(lacking),
  };
}

/** The groups of a count or a sum, and how much of the total is in none of them: beyond the limit, or added up. */
function withOther(
  groups: Ranked[],
  metric: Metric,
  total: bigint | undefined,
): Pick<MetricAnswer, "groups" | "other"> {
  const listed = groups.map(({ key, value, names }) => ({ ...named(key, names), value: exactNumber(value) }));
  if (total === undefined || metric.value.kind === "distinct") return { groups: listed };
  const other = groups.reduce((left, { value }) => left - value, total);
  return { groups: listed, ...(other !== 0n && { other: exactNumber(other) }) };
}

/**
 * Days whose rollup was made before the breakdown was kept: their numbers are missing from the answer until they are
 * rolled up again.
 */
function toIncomplete(
  lacking: readonly string[],
): Pick<MetricAnswer, "incomplete_from" | "incomplete_days" | "rebuild"> {
  const [from, to] = [lacking[0], lacking.at(-1)];
  if (from === undefined || to === undefined) return {};
  return { incomplete_from: from, incomplete_days: lacking.length, rebuild: { from, to } };
}

function merge(known: Value | undefined, value: Value): Value {
  return known === undefined ? value : mergeValues(known, value);
}

function sum(a: Value | undefined, b: Value | undefined): Value | undefined {
  return b === undefined ? a : merge(a, b);
}

/**
 * A group whose sketch was not asked for cannot be among the largest. The larger of its two parts is used, which keeps
 * it in its place.
 */
function sumOfGroup(sealed: Value | undefined, present: Value): Value {
  if (sealed === undefined || typeof sealed === typeof present) return merge(sealed, present);
  return toNumber(sealed) > toNumber(present) ? sealed : present;
}

/** Each day is in one layer, so points need no merging. */
function toSeries({ breakdown, from, to }: Question, points: ReadonlyMap<string, bigint>, clock: HourClock) {
  const days = daysBetween(from, to);
  if (breakdown.includes(HOUR)) return days.flatMap((day) => toHours(day, points, clock));
  return days.map((day) => ({ day, value: exactNumber(points.get(day) ?? 0n) }));
}

type HourClock = { now: number; timezone: string };

/** The hours of a day that have begun. The clock of whoever counted may be ahead of ours. */
function toHours(day: string, points: ReadonlyMap<string, bigint>, { now, timezone }: HourClock) {
  return hoursOfDay(day, timezone).flatMap((start, hour) => {
    const value = points.get(`${day} ${hour}`);
    if (value === undefined && start > now) return [];
    return [{ day, hour: withOffset(start, timezone), value: exactNumber(value ?? 0n) }];
  });
}

type Ranked = { key: string; value: bigint; names: readonly Dimension[] };

function toGroups({ breakdown, by, limit }: Question, history: LayerPart, realtime: LayerPart): Ranked[] {
  const names = breakdown.filter((dimension) => by.includes(dimension));
  const groups = new Map(history.groups);
  for (const [key, present] of realtime.groups) groups.set(key, sumOfGroup(groups.get(key), present));
  return toRanking(groups)
    .slice(0, limit)
    .map((group) => ({ ...group, names }));
}

/** A single value is its own name; several values are one key, with each value named beside it. */
function named(key: string, names: readonly string[]) {
  const values = splitKey(key, names.length);
  if (values.length === 1) return { key: values[0] ?? "" };
  return { key, values: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""])) };
}
