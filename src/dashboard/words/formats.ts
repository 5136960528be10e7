/**
 * Formats for people: numbers in the reader's own locale, days and times in the page's language. Days are the stage's
 * own; instants are shown in the stage's time zone, wherever the reader is.
 */
import type { Whole } from "../ask/whole.ts";

export type FormatOptions = {
  /** The reader's locale, for numbers. */
  locale: string;
  /** The language of the page, for days and times. */
  language: string;
  timezone: string;
};
export type NumberFormat = {
  /** In full. */
  whole: (value: Whole) => string;
  /** Shortened to fit at an axis. */
  compact: (value: number) => string;
  /** As a number for a table: money in its major unit. */
  plain: (value: Whole) => Whole;
};
export type Formats = ReturnType<typeof createFormats>;

/** Every format for days, times and shares. */
export function createFormats({ locale, language, timezone }: FormatOptions) {
  const dates = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(language, { timeZone: "UTC", ...options });
  const long = dates({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
  const medium = dates({ day: "numeric", month: "short", year: "numeric" });
  const short = dates({ day: "numeric", month: "short" });
  const month = dates({ month: "short", year: "numeric" });
  const time = dates({ timeZone: timezone, dateStyle: "medium", timeStyle: "short" });
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium" });
  const count = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const change = new Intl.NumberFormat(locale, {
    style: "percent",
    maximumFractionDigits: 1,
    signDisplay: "exceptZero",
  });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return {
    dayLong: (day: string) => long.format(new Date(day)),
    day: (day: string) => medium.format(new Date(day)),
    dayShort: (day: string) => short.format(new Date(day)),
    month: (day: string) => month.format(new Date(day)),
    span: (from: string, to: string) =>
      from === to ? long.format(new Date(from)) : medium.formatRange(new Date(from), new Date(to)),
    time: (instant: string) => time.format(new Date(instant)),
    clock: (instant: number) => clock.format(instant),
    count: (value: number) => count.format(value),
    percent: (share: number) => percent.format(share),
    change: (share: number) => change.format(share),
    ago: (ms: number) => ago(relative, ms),
    lasted: (ms: number) => lasted(language, ms),
  };
}

/** Counts. */
export function countFormat(locale: string): NumberFormat {
  const whole = new Intl.NumberFormat(locale);
  const compact = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  return { whole: (value) => whole.format(value), compact: (value) => compact.format(value), plain: (value) => value };
}

/** Shares of 1. */
export function percentFormat(locale: string): NumberFormat {
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  return {
    whole: (value) => percent.format(value),
    compact: (value) => percent.format(value),
    plain: (value) => value,
  };
}

/** Milliseconds, shown as minutes and seconds. */
export function durationFormat(locale: string): NumberFormat {
  const unit = (name: "minute" | "second") =>
    new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "narrow" });
  const [minutes, seconds] = [unit("minute"), unit("second")];
  const show = (value: Whole) => {
    const all = Math.round(Number(value) / 1000);
    const rest = all < 60 || all % 60 !== 0 ? [seconds.format(all % 60)] : [];
    return [...(all < 60 ? [] : [minutes.format(Math.floor(all / 60))]), ...rest].join(" ");
  };
  return { whole: show, compact: show, plain: (value) => value };
}

/**
 * Amounts in a currency's minor units, shown in its major unit; if it is no currency, as a count. `minorUnits` has the
 * number of decimals of currencies that do not have two. It comes from the API, because a browser knows how cash is
 * written (COP, HUF: no decimals).
 */
export function moneyFormat(
  locale: string,
  currency: string,
  minorUnits: Readonly<Record<string, number>> = {},
): NumberFormat {
  if (!/^[A-Za-z]{3}$/.test(currency)) return countFormat(locale);
  const style = { style: "currency", currency } as const;
  const digits = minorUnits[currency.toUpperCase()] ?? 2;
  const whole = new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  const compact = new Intl.NumberFormat(locale, {
    ...style,
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: 1,
  });
  // Amounts above 2^53 minor units can do without cents.
  const major = (value: Whole) => (typeof value === "bigint" ? value / 10n ** BigInt(digits) : value / 10 ** digits);
  return {
    whole: (value) => whole.format(major(value)),
    compact: (value) => compact.format(value / 10 ** digits),
    plain: major,
  };
}

/** The relative change from one number to another; undefined if that is meaningless. */
export function changeOf(value: Whole, before: Whole): number | undefined {
  return Number(before) > 0 ? Number(value) / Number(before) - 1 : undefined;
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
] as const;

function ago(format: Intl.RelativeTimeFormat, ms: number): string {
  const [unit, count] = largestUnit(ms);
  return format.format(-count, unit);
}

/** A time in its largest unit. */
function lasted(language: string, ms: number): string {
  const [unit, count] = largestUnit(ms);
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(count);
}

function largestUnit(ms: number) {
  const [unit, length] = units.find(([, length]) => ms >= length) ?? ["second", 1000];
  return [unit, Math.max(0, Math.floor(ms / length))] as const;
}
