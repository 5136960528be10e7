/** The answer to a question: the sum of both layers, in the form of the API. */
import { MOST_GROUPS } from "../athena-queries/metric-history.ts";
import { type Dimension, HOUR } from "../metrics/define-metric.ts";
import { splitKey } from "../metrics/key.ts";
import { mergeValues, toNumber, toRanking, type Value } from "../metrics/merge.ts";
import { bucketsBetween, daysBetween, hoursOfDay, withOffset } from "../metrics/time-bucket.ts";
import type { MetricAnswer } from "../schemas/api/answer.ts";
import { exactNumber } from "./exact-number.ts";
import type { LayerPart } from "./parts.ts";
import { type AskedMetric, type Grouping, isMixed, type Question } from "./question.ts";

/** What an answer contains besides its numbers. */
export type AnswerFacts = HourClock & {
  watermark: string | undefined;
  /** Days of the range whose rollup does not contain the breakdown, and those that were partly counted without it. */
  lacking?: readonly string[];
  partial?: readonly string[];
  /** Events of robots on days that are not sealed yet. */
  robots?: number;
  /** The first and the last day that have events at all. */
  data?: { from: string; to: string } | undefined;
};

type Layers = { history: LayerPart; realtime: LayerPart };

/** The answer from both parts. A distinct count's realtime part is what the present adds to the sealed estimate. */
export function toAnswer(question: Question, { history, realtime }: Layers, facts: AnswerFacts): MetricAnswer {
  const { metric, by, series } = question;
  const { total, sealed, groups, points } = addLayers(question, { history, realtime });
  const numbers = isMixed(metric, question.where)
    ? { total: null, history: null, realtime: null }
    : { total: exactNumber(total), history: exactNumber(sealed), realtime: exactNumber(total - sealed) };
  const named = numbers.total === null || metric.value.kind === "distinct" ? undefined : total;
  return withFacts(question, facts, {
    ...numbers,
    ...(series && { series: toSeries(question, points, facts) }),
    ...(by.length > 0 && {
      ...withOther(toGroups(question, groups), named),
      ...countGroups(groups, isCut(question, { history, realtime })),
    }),
    ...(realtime.bounded && { bounded_days: realtime.bounded }),
  });
}

type Figures = Omit<MetricAnswer, "metric" | "from" | "to" | "timezone" | "sealed_through">;

/** An answer with its question, and with the days that are missing from it. */
export function withFacts(
  { metric, from, to }: Question<AskedMetric>,
  { timezone, watermark, lacking = [], partial = [], robots = 0, data }: AnswerFacts,
  figures: Figures,
): MetricAnswer {
  return {
    metric: metric.name,
    from,
    to,
    timezone,
    sealed_through: watermark ?? null,
    ...figures,
    ...(robots > 0 && { robots }),
    ...(data && (from < data.from || isNothing(figures)) && { data_from: data.from, data_to: data.to }),
    ...(partial.length > 0 && { partial_days: [...partial] }),
    ...toIncomplete(lacking),
  };
}

function isNothing({ total, groups }: Figures): boolean {
  return total === 0 || (total === null && groups?.length === 0);
}

/**
 * Both layers added up: the total, the sealed part, the groups, and the points of the series.
 */
export function addLayers({ by }: Question, { history, realtime }: Layers) {
  const groups = new Map(by.length > 0 ? history.groups : []);
  for (const [key, present] of realtime.groups) groups.set(key, sumOfGroup(groups.get(key), present));
  return {
    total: toNumber(sum(history.total, realtime.total)),
    sealed: toNumber(history.total),
    groups: new Map([...groups].map(([key, value]) => [key, toNumber(value)])),
    points: addPoints(history.points, realtime.points),
  };
}

/**
 * The groups and, if they can be added up, how much of the total is in none of them: beyond the limit, or added up as
 * other.
 */
export function withOther(
  groups: readonly Ranked[],
  total: bigint | undefined,
): Pick<MetricAnswer, "groups" | "other"> {
  const listed = groups.map(({ key, value, names }) => ({ ...named(key, names), value: exactNumber(value) }));
  if (total === undefined) return { groups: listed };
  const other = groups.reduce((left, { value }) => left - value, total);
  return { groups: listed, ...(other !== 0n && { other: exactNumber(other) }) };
}

/** How many groups there are; `isCut` if there may be more. */
export function countGroups({ size }: ReadonlyMap<string, unknown>, isCut: boolean) {
  return { groups_total: size, ...(isCut && { groups_at_least: true as const }) };
}

/** Whether a layer may have more groups than it lists. */
export function isCut({ metric }: Question, { history, realtime }: Layers): boolean {
  return history.groups.size >= MOST_GROUPS[metric.value.kind] || realtime.bounded !== undefined;
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

/** A week or a month may have days in both layers; its sealed part then comes with its sketch. */
function addPoints(history: LayerPart["points"], realtime: LayerPart["points"]): Map<string, bigint> {
  const points = new Map([...history].map(([point, value]) => [point, toNumber(value)]));
  for (const [point, value] of realtime) points.set(point, toNumber(sum(history.get(point), value)));
  return points;
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

type Points = ReadonlyMap<string, bigint>;
type Shown = Pick<Point, "value" | "numerator" | "denominator">;
type Point = NonNullable<MetricAnswer["series"]>[number];

/** Every point of the range, also those without a value. `show` gets the point's value and its key. */
export function toSeries(
  { breakdown, bucket, from, to }: Question<AskedMetric>,
  points: Points,
  clock: HourClock,
  show: (value: bigint, point: string) => Shown = (value) => ({ value: exactNumber(value) }),
): Point[] {
  if (bucket !== undefined)
    return bucketsBetween({ from, to }, bucket).map(({ name, from: day, to: last_day }) => {
      return { day, last_day, ...show(points.get(name) ?? 0n, name) };
    });
  const days = daysBetween(from, to);
  if (breakdown.includes(HOUR)) return days.flatMap((day) => toHours(day, points, clock, show));
  return days.map((day) => ({ day, ...show(points.get(day) ?? 0n, day) }));
}

type HourClock = { now: number; timezone: string };

/** The hours of a day that have begun. The clock of whoever counted may be ahead of ours. */
function toHours(
  day: string,
  points: Points,
  { now, timezone }: HourClock,
  show: (value: bigint, point: string) => Shown,
): Point[] {
  return hoursOfDay(day, timezone).flatMap((start, hour) => {
    const point = `${day} ${hour}`;
    const value = points.get(point);
    if (value === undefined && start > now) return [];
    return [{ day, hour: withOffset(start, timezone), ...show(value ?? 0n, point) }];
  });
}

type Ranked = { key: string; value: bigint; names: readonly Dimension[] };

/** The page of the largest groups that was asked for. */
export function toGroups(question: Grouping<AskedMetric>, groups: ReadonlyMap<string, bigint>): Ranked[] {
  const names = namesOf(question);
  return toRanking(groups)
    .slice(question.offset, question.offset + question.limit)
    .map((group) => ({ ...group, names }));
}

/** The dimensions of a group's key. */
export function namesOf({ breakdown, by }: Pick<Question, "breakdown" | "by">): Dimension[] {
  return breakdown.filter((dimension) => by.includes(dimension));
}

export function named(key: string, names: readonly string[]) {
  const values = splitKey(key, names.length);
  if (values.length === 1) return { key: values[0] ?? "" };
  return { key, values: Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""])) };
}
