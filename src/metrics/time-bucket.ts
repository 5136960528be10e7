/**
 * Days, hours and minutes in the stage's time zone, and months of days. A day is the unit of everything in Daymark
 * (partition, block, rollup), so this is the only place that decides which day an event belongs to. `Intl` is right
 * about every zone but slow (about 2 µs a call), so the zone's offset is remembered per quarter of an hour: no zone
 * changes its offset within one. To write a date takes half a µs, so the names of days are remembered, too.
 */

const QUARTER_MS = 15 * 60_000;
const REMEMBERED = 10_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** A range of days, both ends included. */
export type DayRange = { from: string; to: string };

type Zone = { format: Intl.DateTimeFormat; offsets: Map<number, number> };
const zones = new Map<string, Zone>();

/** Local date `YYYY-MM-DD` of an instant (epoch ms) in an IANA time zone. Throws a RangeError for an unknown zone. */
export function dayOf(instant: number, timeZone: string): string {
  const day = Math.floor((instant + offsetAt(instant, timeZone)) / DAY_MS);
  const known = namesOfDays.get(day);
  if (known !== undefined) return known;
  if (namesOfDays.size >= REMEMBERED) namesOfDays.clear();
  const name = new Date(day * DAY_MS).toISOString().slice(0, 10);
  namesOfDays.set(day, name);
  return name;
}

/** By how many days they are after 1970-01-01. */
const namesOfDays = new Map<number, string>();

/** Local minute `YYYY-MM-DDTHH:MM` of an instant (epoch ms) in an IANA time zone. */
export function minuteOf(instant: number, timeZone: string): string {
  return localIso(instant, timeZone).slice(0, 16);
}

/** First instant (epoch ms) of a local day. If a clock change skips midnight, the first instant that exists. */
export function startOfDay(day: string, timeZone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`);
  const candidates = [asUtc - DAY_MS, asUtc, asUtc + DAY_MS].map((near) => asUtc - offsetAt(near, timeZone));
  const starts = candidates.filter((c) => dayOf(c, timeZone) === day && dayOf(c - 1, timeZone) < day);
  return starts.length > 0 ? Math.min(...starts) : firstInstantOf(day, timeZone, Math.min(...candidates) - DAY_MS / 8);
}

/**
 * Which hour of its day an instant is in: 0 for the first sixty minutes after `start`, the beginning of the day. So a
 * day of 23 or 25 hours has 23 or 25 of them, and an hour that the clock shows twice counts as two.
 */
export function hourOf(instant: number, start: number): number {
  return Math.trunc((instant - start) / HOUR_MS);
}

/** When each hour of a local day begins (epoch ms). */
export function hoursOfDay(day: string, timeZone: string): number[] {
  const [start, end] = [startOfDay(day, timeZone), startOfDay(addDays(day, 1), timeZone)];
  return Array.from({ length: Math.ceil((end - start) / HOUR_MS) }, (_, hour) => start + hour * HOUR_MS);
}

/** An instant as local time with its UTC offset: `2026-11-01T01:00:00-04:00`. */
export function withOffset(instant: number, timeZone: string): string {
  const minutes = Math.trunc(offsetAt(instant, timeZone) / 60_000);
  const two = (part: number) => String(part).padStart(2, "0");
  const offset = `${minutes < 0 ? "-" : "+"}${two(Math.trunc(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
  return `${localIso(instant, timeZone).slice(0, 19)}${offset}`;
}

/** The day `count` days after `day` (before it when negative). */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10);
}

/** Every day from `from` to `to`, both included; empty when `from` is after `to`. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = addDays(day, 1)) {
    days.push(day);
    if (day === to) break; // after the year 9999, days no longer compare correctly as texts
  }
  return days;
}

/** The month `YYYY-MM` of a day. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

export function firstOfMonth(month: string): string {
  return `${month}-01`;
}

export function lastOfMonth(month: string): string {
  const next = addDays(firstOfMonth(month), 31);
  return addDays(firstOfMonth(monthOf(next)), -1);
}

/** What days are put together to in a series. */
export type Bucket = "week" | "month";

/** The name of the bucket that a day is in: the Monday of its week (ISO 8601), or its month `YYYY-MM`. */
export function bucketOf(day: string, bucket: Bucket): string {
  if (bucket === "month") return monthOf(day);
  const sinceMonday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  return addDays(day, -sinceMonday);
}

/** The buckets of a range in order, each with the days of it that are in the range. */
export function bucketsBetween({ from, to }: DayRange, bucket: Bucket): (DayRange & { name: string })[] {
  const buckets: (DayRange & { name: string })[] = [];
  if (from > to) return buckets;
  const end = bucketOf(to, bucket);
  let day = from;
  // The last one is not computed from its end, which may be after the year 9999, when days no longer compare as texts.
  for (let name = bucketOf(from, bucket); name !== end; name = bucketOf(day, bucket)) {
    const last = bucket === "month" ? lastOfMonth(name) : addDays(name, 6);
    buckets.push({ name, from: day, to: last });
    day = addDays(last, 1);
  }
  return [...buckets, { name: end, from: day, to }];
}

/** Whether a text is a real calendar date `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

function localIso(instant: number, timeZone: string): string {
  return new Date(instant + offsetAt(instant, timeZone)).toISOString();
}

/** How far local time is ahead of UTC at an instant, in ms. */
function offsetAt(instant: number, timeZone: string): number {
  const zone = zones.get(timeZone) ?? remember(timeZone);
  const quarter = Math.floor(instant / QUARTER_MS);
  const known = zone.offsets.get(quarter);
  if (known !== undefined) return known;
  if (zone.offsets.size >= REMEMBERED) zone.offsets.clear();
  const offset = measureOffset(quarter * QUARTER_MS, zone.format);
  zone.offsets.set(quarter, offset);
  return offset;
}

function remember(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat("en-US-u-ca-iso8601-hc-h23", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  const zone = { format, offsets: new Map<number, number>() };
  zones.set(timeZone, zone);
  return zone;
}

function measureOffset(instant: number, format: Intl.DateTimeFormat): number {
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(instant)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
}

/** Walks in quarters of an hour to the first instant of a day whose midnight was skipped by a clock change. */
function firstInstantOf(day: string, timeZone: string, from: number): number {
  let instant = Math.floor(from / QUARTER_MS) * QUARTER_MS;
  while (dayOf(instant, timeZone) < day) instant += QUARTER_MS;
  return instant;
}
