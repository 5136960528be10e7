/** Turns a series of days into a chart's points: one per day, week or month, each with the layer its number is from. */
import type { DayValue } from "../ask/answers.ts";
import { add, type Whole } from "../ask/whole.ts";
import type { Interval } from "../view.ts";
import { addDays, addMonths, countDays, firstOfMonth, firstOfWeek } from "./day-math.ts";
import { MOST_DAYS_BY_HOUR, MOST_DAYS_IN_SERIES, type Span } from "./range.ts";

export type Point = Span & {
  /** In a series by the hour, when it begins: `2026-03-01T23:00:00+09:00`. */
  hour?: string;
  value: Whole;
  /** The number of the same days of the previous period. */
  before: Whole | undefined;
  /**
   * The part of the value that comes from the speed layer: all or nothing of a day, possibly a part of a week or month.
   */
  realtime: Whole;
  /** Whether any of its days comes from the speed layer, even with 0. */
  isRealtime: boolean;
  /** Whether it has days of both layers, and nobody knows how much comes from which. */
  isMixed?: boolean;
};

export type PointLayers = {
  /** The watermark; null before the first day is sealed. */
  sealedThrough: string | null;
  /** Days before the watermark that received events since. */
  lateDays: readonly string[];
};

const MOST_DAYS_BY_DAY = 400;
const starts = {
  hour: (_day, at) => at,
  day: (day) => day,
  week: firstOfWeek,
  month: firstOfMonth,
} satisfies Record<Interval, (day: string, at: number) => string | number>;

/** Sums days into points; what comes by the hour, week or month stays as it is. `before` is the series of the previous period; the first days of both belong together. */
export function toPoints(
  series: readonly DayValue[],
  before: readonly DayValue[] | undefined,
  { interval, sealedThrough, lateDays }: PointLayers & { interval: Interval },
): Point[] {
  const past = before && sameDays(series, before, interval);
  const points: Point[] = [];
  let start: string | number | undefined;
  for (const [i, { day, last_day: to = day, hour, value }] of series.entries()) {
    const isLate = lateDays.some((late) => late >= day && late <= to);
    const isRealtime = sealedThrough === null || to > sealedThrough || isLate;
    const isMixed = isRealtime && to > day && sealedThrough !== null && day <= sealedThrough;
    const layers = { realtime: isRealtime ? value : 0, isRealtime, ...(isMixed && { isMixed }) };
    const own = { from: day, to, value, before: past?.[i], ...layers, ...(hour !== undefined && { hour }) };
    const last = points.at(-1);
    if (last !== undefined && start === starts[interval](day, i)) points[points.length - 1] = join(last, own);
    else points.push(own);
    start = starts[interval](day, i);
  }
  return points;
}

/** The series from the first day with a value, because "all" begins long before the first event. */
export function withoutEmptyStart(series: readonly DayValue[]): readonly DayValue[] {
  const first = series.findIndex(({ value }) => value !== 0);
  return first < 0 ? series.slice(-1) : series.slice(first);
}

/** The interval that suits so many days; hours only where they are kept. */
export function suitableInterval({ from, to }: Span, isHourly: boolean): Interval {
  const days = countDays(from, to);
  return isHourly && days === 1 ? "hour" : days <= MOST_DAYS_BY_DAY ? "day" : "month";
}

/** The intervals that can be asked for. */
export function possibleIntervals({ from, to }: Span, isHourly: boolean): Interval[] {
  const days = countDays(from, to);
  return [
    ...(isHourly && days <= MOST_DAYS_BY_HOUR ? (["hour"] as const) : []),
    ...(days <= MOST_DAYS_IN_SERIES ? (["day"] as const) : []),
    ...(days > 14 ? (["week", "month"] as const) : []),
  ];
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

/**
 * What the period before has for each of the series: in its order, except that of two years one may have a leap day. It is
 * the counterpart of the day before it where days are added up, and of none in a chart of days.
 */
function sameDays(series: readonly DayValue[], before: readonly DayValue[], interval: Interval) {
  const [first, past] = [series[0], before[0]];
  if (interval === "hour" || first?.last_day || past?.day !== addMonths(first?.day ?? "", -12))
    return before.map(({ value }) => value);
  const values = new Map<string, Whole>();
  for (const { day, value } of before) {
    const own = interval !== "day" && day.endsWith("-02-29") ? addDays(day, -1) : day;
    values.set(own, add(values.get(own) ?? 0, value));
  }
  const counterpart = (day: string) =>
    day === first?.day ? past.day : `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
  return series.map(({ day }) => values.get(counterpart(day)));
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
