/** Turns a series of days into a chart's points: one per day, week or month, each with the layer its number is from. */
import type { DayValue } from "../ask/answers.ts";
import { add, type Whole } from "../ask/whole.ts";
import type { Interval } from "../view.ts";
import { countDays, firstOfMonth, firstOfWeek } from "./day-math.ts";
import type { Span } from "./range.ts";

export type Point = Span & {
  value: Whole;
  /** The number of the same days of the previous period. */
  before: Whole | undefined;
  /**
   * The part of the value that comes from the speed layer: all or nothing of a day, possibly a part of a week or month.
   */
  realtime: Whole;
  /** Whether any of its days comes from the speed layer, even with 0. */
  isRealtime: boolean;
};

export type PointLayers = {
  /** The watermark; null before the first day is sealed. */
  sealedThrough: string | null;
  /** Days before the watermark that received events since. */
  lateDays: readonly string[];
};

const MOST_DAYS_BY_DAY = 400;
const starts = {
  day: (day) => day,
  week: firstOfWeek,
  month: firstOfMonth,
} satisfies Record<Interval, (day: string) => string>;

/** Sums days into points. `before` is the series of the previous period; the first days of both belong together. */
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

/** The series from the first day with a value, because "all" begins long before the first event. */
export function withoutEmptyStart(series: readonly DayValue[]): readonly DayValue[] {
  const first = series.findIndex(({ value }) => value !== 0);
  return first < 0 ? series.slice(-1) : series.slice(first);
}

/**
 * The interval that suits so many days. Distinct counts cannot be added up over days, so they are always drawn by day.
 */
export function suitableInterval({ from, to }: Span, isDistinct: boolean): Interval {
  return isDistinct || countDays(from, to) <= MOST_DAYS_BY_DAY ? "day" : "month";
}

/** How many points, including a fraction of one, are up to the watermark, which is drawn there. */
export function pointsSealed(points: readonly Point[], sealedThrough: string | null): number {
  if (sealedThrough === null) return 0;
  const whole = points.filter(({ to }) => to <= sealedThrough).length;
  const next = points[whole];
  if (next === undefined || next.from > sealedThrough) return whole;
  return whole + countDays(next.from, sealedThrough) / countDays(next.from, next.to);
}

/** The points with a label if there are too many days to label each: the first of every month. */
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
