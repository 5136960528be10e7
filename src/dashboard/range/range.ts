/** Which days are shown: a preset range that moves with today, or two dates. And which days they are compared with. */
import type { Compared, Interval } from "../view.ts";
import { addDays, addMonths, countDays, firstOfMonth, isDay } from "./day-math.ts";

/** The first and last day, both included. */
export type Span = { from: string; to: string };
export type ChosenRange = Preset | Span;

/** The first day that can be asked for. */
export const FIRST_DAY = "1970-01-01";
/** The API returns at most so many days in a series by the day. */
export const MOST_DAYS_IN_SERIES = 3660;
/** By the hour it is more, but more are not readable. */
export const MOST_DAYS_BY_HOUR = 7;
/** A single day is no chart; it is drawn as the last of so many days. */
const DAYS_AROUND_ONE = 14;

const presets = {
  today: (today) => ({ from: today, to: today }),
  yesterday: (today) => ({ from: addDays(today, -1), to: addDays(today, -1) }),
  "7d": (today) => ({ from: addDays(today, -6), to: today }),
  "30d": (today) => ({ from: addDays(today, -29), to: today }),
  month: (today) => ({ from: firstOfMonth(today), to: today }),
  "12m": (today) => ({ from: addDays(addMonths(today, -12), 1), to: today }),
  all: (today) => ({ from: FIRST_DAY, to: today }),
} satisfies Record<string, (today: string) => Span>;

export type Preset = keyof typeof presets;
export const presetNames = Object.keys(presets).filter(isPreset);

/** The days of a range; `today` is the stage's. */
export function spanOf(range: ChosenRange, today: string): Span {
  return typeof range === "string" ? presets[range](today) : range;
}

/**
 * The days before a range: the same number, or the same part of the previous month or year. Undefined if there are
 * none.
 */
export function spanBefore(range: ChosenRange, today: string): Span | undefined {
  const span = spanOf(range, today);
  if (range === "all") return undefined;
  if (range === "month") return { from: addMonths(span.from, -1), to: addMonths(span.to, -1) };
  if (range === "12m") return { from: addDays(addMonths(today, -24), 1), to: addMonths(today, -12) };
  const to = addDays(span.from, -1);
  const from = addDays(span.from, -countDays(span.from, span.to));
  return from < FIRST_DAY ? undefined : { from, to };
}

/** The days that a range is compared with; undefined if there are none. */
export function spanCompared({ range, compare }: { range: ChosenRange; compare: Compared }, today: string) {
  if (compare === undefined) return spanBefore(range, today);
  if (compare !== "year") return compare;
  if (range === "all") return undefined;
  const { from, to } = spanOf(range, today);
  return from < addMonths(FIRST_DAY, 12) ? undefined : { from: addMonths(from, -12), to: addMonths(to, -12) };
}

/** The days to draw: the range itself, more for a single day that has no hours. */
export function spanDrawn({ from, to }: Span, interval: Interval): Span {
  const days = countDays(from, to);
  if (interval === "hour") return { from, to };
  return days === 1 ? { from: addDays(to, 1 - DAYS_AROUND_ONE), to } : { from, to };
}

/** A range as it appears in the URL. */
export function writeRange(range: ChosenRange): string {
  return typeof range === "string" ? range : `${range.from}..${range.to}`;
}

/** Reads what `writeRange` wrote; undefined for anything else. Dates in the wrong order are swapped. */
export function readRange(text: string): ChosenRange | undefined {
  if (isPreset(text)) return text;
  const [from = "", to = "", ...more] = text.split("..");
  if (!isDay(from) || !isDay(to) || more.length > 0) return undefined;
  return from <= to ? { from, to } : { from: to, to: from };
}

function isPreset(text: string): text is Preset {
  return Object.hasOwn(presets, text);
}
