/** From a series of days to what a chart draws: one point a day, week or month, each knowing which layer its number is from. */
import type { DayValue } from "../ask/answers.ts";
import { add, type Whole } from "../ask/whole.ts";
import type { Interval } from "../view.ts";
import { countDays, firstOfMonth, firstOfWeek } from "./day-math.ts";
import type { Span } from "./range.ts";

export type Point = Span & {
  value: Whole;
  /** The number of the same days of the period before. */
  before: Whole | undefined;
  /** What of the value comes from the counters: of a day all or nothing, of a week or month a part. */
  realtime: Whole;
  /** Whether any of its days does, be it with 0. */
  isRealtime: boolean;
};

export type PointLayers = {
  /** The watermark, null before the first day is sealed. */
  sealedThrough: string | null;
  /** Days before the watermark that got events since. */
  lateDays: readonly string[];
};

const MOST_DAYS_BY_DAY = 400;
const starts = {
  day: (day) => day,
  week: firstOfWeek,
  month: firstOfMonth,
} satisfies Record<Interval, (day: string) => string>;

/** Adds days up to points. `before` is the series of the period before, its first day beside the first. */
export function toPoints(
  series: readonly DayValue[],
  before: readonly DayValue[] | undefined,
  { interval, sealedThrough, lateDays }: PointLayers & { interval: Interval },
): Point[] {
  const points: Point[] = [];
  let start: string | undefined;
  for (const [i, { day, value }] of series.entries()) {
    const isRealtime = sealedThrough === null || day > sealedThrough || lateDays.includes(day);
    const own = { from: day, to: day, value, before: before?.[i]?.value, realtime: isRealtime ? value : 0, isRealtime };
    const last = points.at(-1);
    if (last !== undefined && start === starts[interval](day)) points[points.length - 1] = join(last, own);
    else points.push(own);
    start = starts[interval](day);
  }
  return points;
}

/** The series from the first day that has something, as "all" begins long before anything happened. */
export function withoutEmptyStart(series: readonly DayValue[]): readonly DayValue[] {
  const first = series.findIndex(({ value }) => value !== 0);
  return first < 0 ? series.slice(-1) : series.slice(first);
}

/** What suits so many days. Distinct counts of days cannot be added, so they are drawn by the day, however many. */
export function suitableInterval({ from, to }: Span, isDistinct: boolean): Interval {
  return isDistinct || countDays(from, to) <= MOST_DAYS_BY_DAY ? "day" : "month";
}

/** How many of the points, a part of one included, are up to the watermark; it is drawn there. */
export function pointsSealed(points: readonly Point[], sealedThrough: string | null): number {
  if (sealedThrough === null) return 0;
  const whole = points.filter(({ to }) => to <= sealedThrough).length;
  const next = points[whole];
  if (next === undefined || next.from > sealedThrough) return whole;
  return whole + countDays(next.from, sealedThrough) / countDays(next.from, next.to);
}

/** Which points get a label where days are too many for one each: the first of every month. */
export function monthStarts(points: readonly Point[]): number[] {
  return points.flatMap(({ from }, i) => (from.endsWith("-01") ? [i] : []));
}

function join(a: Point, b: Point): Point {
  const before = a.before === undefined || b.before === undefined ? (a.before ?? b.before) : add(a.before, b.before);
  return {
    from: a.from,
    to: b.to,
    value: add(a.value, b.value),
    before,
    realtime: add(a.realtime, b.realtime),
    isRealtime: a.isRealtime || b.isRealtime,
  };
}
