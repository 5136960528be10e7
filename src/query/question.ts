/**
 * Reads a question about a metric from the request's path and query string. What cannot be answered is refused, with an
 * error that says what is wrong and what would be right.
 */
import type * as z from "zod/mini";
import { MOST_GROUPS } from "../athena-queries/metric-history.ts";
import { HttpError } from "../errors.ts";
import { breakdownName, type Dimension, findBreakdown, HOUR, type Metric } from "../metrics/define-metric.ts";
import type { DerivedMetric } from "../metrics/derive-metric.ts";
import { type Bucket, DAY_MS } from "../metrics/time-bucket.ts";
import { liveParams, metricParams } from "../schemas/api/question.ts";
import { filterValue } from "./filter-value.ts";
import { nearestName, synonymOf } from "./nearest-name.ts";

export type Filters = { readonly [D in Dimension]?: string };

/**
 * `breakdown` is the breakdown kept for exactly the dimensions of `where` and `by`, plus the hour if the series is
 * hourly. `from` and `to` are both included.
 */
export type Question<M = Metric> = {
  metric: M;
  from: string;
  to: string;
  where: Filters;
  by: readonly Dimension[];
  breakdown: readonly Dimension[];
  series: boolean;
  /** Puts the days of the series together to weeks or months. */
  bucket?: Bucket;
  limit: number;
  /** How many of the largest groups are passed over. */
  offset: number;
};

/** What may be asked for: a kept metric, or one that is derived from others. */
export type AskedMetric = Metric | DerivedMetric;

/** What groups are made by. */
export type Grouping<M = Metric> = Pick<Question<M>, "metric" | "where" | "by" | "breakdown" | "limit" | "offset">;

/** Without `groups` it is about the minutes themselves. */
export type LiveQuestion = { metric: Metric; where: Filters; minutes: number; groups?: Grouping };

/** A question as it arrives: the metric's name from the path, and the unparsed query string. */
export type MetricRequest = { metric: string; query: string };

const MOST_DAYS_IN_SERIES = { hour: 92, day: 3660, week: 36_600, month: 36_600 };

/**
 * A question about days. `to` defaults to today, `from` to `to`. Throws an HttpError: 404 for an unknown metric, 400
 * otherwise.
 */
export function readQuestion<M extends AskedMetric>(
  request: MetricRequest,
  catalog: readonly M[],
  today: string,
): Question<M> {
  const metric = findIn(catalog, request.metric);
  const { params, where } = readParams(metric, request.query, metricParams);
  const { to = today, from = to, by = [], interval, limit, offset } = params;
  const listed = groupsListed(metric);
  if (offset + limit > listed)
    throw refuse(
      metric,
      `offset ${offset} and limit ${limit} go past the ${listed} largest groups, which are all it lists`,
    );
  if (from > to) throw refuse(metric, `from ${from} is after to ${to}`);
  const most = interval === undefined ? Number.POSITIVE_INFINITY : MOST_DAYS_IN_SERIES[interval];
  if (Date.parse(to) - Date.parse(from) >= most * DAY_MS)
    throw refuse(metric, `from ${from} to ${to} are more than ${most} days, too many for interval=${interval}`);
  const dimensions = dimensionsIn(metric, by);
  if (interval !== undefined && isMixed(metric, where))
    throw refuse(metric, `interval=${interval} needs one ${metric.unit}: add ${metric.unit}=…`);
  return {
    metric,
    from,
    to,
    where,
    by: dimensions,
    breakdown: breakdownOf(metric, where, interval === "hour" ? [...dimensions, HOUR] : dimensions),
    series: interval !== undefined,
    ...((interval === "week" || interval === "month") && { bucket: interval }),
    limit,
    offset,
  };
}

/** A question about the last minutes; each by itself is kept in total only. Throws an HttpError as above. */
export function readLiveQuestion(request: MetricRequest, catalog: readonly AskedMetric[]): LiveQuestion {
  const metric = findIn(catalog, request.metric);
  if (isDerived(metric)) throw refuse(metric, "it is computed from other metrics, and not kept by the minute");
  const { params, where } = readParams(metric, request.query, liveParams);
  if (isMixed(metric, where)) throw refuse(metric, `it is kept per ${metric.unit}: add ${metric.unit}=…`);
  const { minutes, by, limit, offset } = params;
  if (by !== undefined) {
    const dimensions = dimensionsIn(metric, by);
    const breakdown = breakdownOf(metric, where, dimensions);
    return { metric, where, minutes, groups: { metric, where, by: dimensions, breakdown, limit, offset } };
  }
  const extra = Object.keys(where).find((dimension) => dimension !== metric.unit);
  if (extra !== undefined) throw refuse(metric, `"${extra}" is not kept by the minute`);
  return { metric, where, minutes };
}

/** Whether the question covers numbers of different units, which cannot be added. */
export function isMixed({ unit }: AskedMetric, where: Filters): boolean {
  return unit !== undefined && where[unit] === undefined;
}

/** Whether a metric is computed from others when it is asked for. */
export function isDerived(metric: AskedMetric): metric is DerivedMetric {
  return "to" in metric;
}

/** How many groups history lists; where it is cut, the order of what is further down is not known. */
export function groupsListed(metric: AskedMetric): number {
  const kept = isDerived(metric) ? [...metric.of, ...metric.to].map((part) => part.metric) : [metric];
  return Math.min(...kept.map(({ value }) => MOST_GROUPS[value.kind]));
}

function findIn<M extends AskedMetric>(catalog: readonly M[], name: string): M {
  const metric = catalog.find((one) => one.name === name);
  if (metric !== undefined) return metric;
  const known = catalog.map((one) => one.name).join(", ");
  throw new HttpError("unknown_metric", `There is no metric "${shown(name)}"; there are ${known}`);
}

function readParams<T extends z.ZodMiniObject>(metric: AskedMetric, query: string, schema: T) {
  const own: Record<string, string> = {};
  const where: { [D in Dimension]?: string } = {};
  for (const [name, value] of readOnce(metric, query)) {
    if (Object.hasOwn(schema.shape, name)) own[name] = value;
    else {
      const dimension = dimensionOf(metric, name, Object.keys(schema.shape));
      const read = filterValue(dimension, value);
      if ("wrong" in read) throw refuse(metric, read.wrong);
      where[dimension] = read.value;
    }
  }
  const params = schema.safeParse(own);
  if (params.success) return { params: params.data, where };
  const { path, message } = params.error.issues[0] ?? { path: [], message: "" };
  const name = String(path[0]);
  throw refuse(metric, `${name} "${shown(own[name] ?? "")}" ${message}`);
}

function readOnce(metric: AskedMetric, query: string): Map<string, string> {
  const params = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (params.has(name)) throw refuse(metric, `"${shown(name)}" is given more than once`);
    params.set(name, value);
  }
  return params;
}

function dimensionsIn(metric: AskedMetric, by: readonly string[]): Dimension[] {
  const dimensions = by.map((name) => dimensionOf(metric, name));
  if (new Set(dimensions).size < dimensions.length) throw refuse(metric, `by "${by.join()}" names a dimension twice`);
  return dimensions;
}

/** The dimension of a name in `by`, or of a parameter; then `others` are the parameters that are not dimensions. */
function dimensionOf(metric: AskedMetric, name: string, others?: readonly string[]): Dimension {
  const known = dimensionsOf(metric);
  const dimension = known.find((one) => one === name);
  if (dimension !== undefined) return dimension;
  const what = others === undefined ? "dimension in by" : "parameter";
  const meant = nearestName(name, [...(others ?? []), ...known]) ?? others?.find((one) => one === synonymOf(name));
  const guess = meant === undefined ? "" : ` (did you mean "${meant}"?)`;
  const parameters = others === undefined ? "" : `; its parameters are ${others.join(", ")}`;
  const dimensions = `its dimensions are ${known.join(", ")}`;
  throw refuse(metric, `unknown ${what} "${shown(name)}"${guess}; ${dimensions}${parameters}`);
}

/** Every dimension of a metric that can be asked for, once each. */
export function dimensionsOf({ breakdowns }: AskedMetric): Dimension[] {
  return [...new Set(breakdowns.flat())].filter((dimension) => dimension !== HOUR);
}

/** The breakdowns kept for whole days, and those kept by the hour, listed without `hour`. */
export function breakdownsOf({ breakdowns }: AskedMetric): Record<"day" | "hour", Dimension[][]> {
  const [hour, day] = [
    breakdowns.filter((breakdown) => breakdown.includes(HOUR)),
    breakdowns.filter((breakdown) => !breakdown.includes(HOUR)),
  ];
  return {
    day: day.map((breakdown) => [...breakdown]),
    hour: hour.map((breakdown) => breakdown.filter((dimension) => dimension !== HOUR)),
  };
}

function breakdownOf(metric: AskedMetric, where: Filters, by: readonly Dimension[]): readonly Dimension[] {
  const wanted = new Set([...by, ...dimensionsOf(metric).filter((dimension) => where[dimension] !== undefined)]);
  if (metric.unit !== undefined && !wanted.has(metric.unit))
    throw refuse(metric, `it is kept per ${metric.unit}: add ${metric.unit}=… or put ${metric.unit} into by`);
  const breakdown = findBreakdown(metric, wanted);
  if (breakdown !== undefined) return breakdown;
  const breakdowns = breakdownsOf(metric);
  const named = (breakdowns: Dimension[][]) => breakdowns.filter((one) => one.length > 0).map(breakdownName);
  if (wanted.delete(HOUR)) {
    if (breakdowns.hour.length === 0) throw refuse(metric, "it is not kept by the hour");
    const kept = ["in total", ...named(breakdowns.hour)].join(", ");
    throw refuse(metric, `interval=hour does not go with ${[...wanted].join(" and ")}; it is kept by the hour ${kept}`);
  }
  const kept = named(breakdowns.day).join(", ");
  throw refuse(metric, `it is not kept by ${[...wanted].join(" and ")} together; it is kept by ${kept}`);
}

function refuse({ name }: AskedMetric, reason: string): HttpError {
  return new HttpError("invalid_question", `Cannot answer for "${name}": ${reason}`);
}

/** A text from outside, cut to a length that suits a message. */
function shown(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
