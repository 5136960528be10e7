/** An instant from outside, as ISO 8601 text or as a number, in epoch ms. */

const isoPattern = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:[Zz]|([+-]\d\d):?(\d\d)?)$/;
const utcPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MAX_DATE_MS = 8.64e15;

/**
 * Ranges of numbers that are implausible as epoch ms but plausible in another unit. As ms, the first range is days
 * between 1970 and 1973, and the others are after the year 5138; in their own unit, all are between 1973 and 2128 or,
 * for seconds, 5138.
 */
const otherUnits = [
  { unit: "seconds", from: 1e8, below: 1e11 },
  { unit: "microseconds", from: 1e14, below: 5e15 },
  { unit: "nanoseconds", from: 1e17, below: 5e18 },
] as const;

/** The unit that a number must be in, if it cannot be epoch ms. */
export function otherUnit(value: unknown): (typeof otherUnits)[number]["unit"] | undefined {
  if (typeof value !== "number") return undefined;
  return otherUnits.find(({ from, below }) => value >= from && value < below)?.unit;
}

/**
 * Epoch ms from ISO 8601 with a date, a time and an offset (or `Z`), or from epoch ms; undefined for anything else. A
 * time without an offset is refused, because nobody knows which instant it is; so is a number that is certainly in
 * another unit.
 */
export function parseInstant(value: string | number): number | undefined {
  if (typeof value === "number") return isDate(value) && otherUnit(value) === undefined ? Math.floor(value) : undefined;
  const text = withoutLeapSecond(value);
  const iso = utcPattern.test(text) ? text : normalise(text);
  if (iso === undefined || !isDayOfMonth(iso)) return undefined;
  const instant = Date.parse(iso);
  return Number.isNaN(instant) ? undefined : instant;
}

/** Whether a `Date` can hold this number of epoch ms: about 275,000 years in either direction. */
export function isDate(instant: number): boolean {
  return Math.abs(instant) <= MAX_DATE_MS;
}

/** A leap second is an instant that computers do not have; the second before it is used. */
export function withoutLeapSecond(text: string): string {
  return text.replace(/(?<=\d\d:\d\d:)60(?=[^\d]|$)/, "59");
}

function normalise(text: string): string | undefined {
  const match = isoPattern.exec(text);
  if (match === null) return undefined;
  const [, date, time, hours = "+00", minutes = "00"] = match;
  return `${date}T${time}${hours}:${minutes}`;
}

// Date.parse would take 30 February for 2 March.
function isDayOfMonth(iso: string): boolean {
  const day = Number(iso.slice(8, 10));
  if (day <= 28) return true;
  return day <= new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0)).getUTCDate();
}
