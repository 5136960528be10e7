/**
 * When an event happened. A client's clock may be wrong by years, but the time between two readings of it is right: so what
 * the client says is moved by what its clock was off when it sent the request.
 */
import { DAY_MS } from "../../metrics/time-bucket.ts";

export type Clock = {
  /** All in epoch ms; `sentAt` is the client's own clock, where it said so. */
  receivedAt: number;
  sentAt: number | undefined;
  maxLatenessDays: number;
  /** Servers and imports may send any past time. */
  trusted: boolean;
};

const isoPattern = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:[Zz]|([+-]\d\d):?(\d\d)?)$/;
const utcPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const MAX_DATE_MS = 8.64e15;

/**
 * Epoch ms of ISO 8601 with a date, a time and an offset (or `Z`), or of epoch ms; undefined for anything else. A time
 * without offset is refused: nobody could say which instant it is.
 */
export function parseInstant(value: string | number): number | undefined {
  if (typeof value === "number") return isDate(value) ? Math.floor(value) : undefined;
  const iso = utcPattern.test(value) ? value : normalise(value);
  if (iso === undefined || !isDayOfMonth(iso)) return undefined;
  const instant = Date.parse(iso);
  return Number.isNaN(instant) ? undefined : instant;
}

/** Whether a `Date` can hold this number of epoch ms: about 275,000 years either way. */
export function isDate(instant: number): boolean {
  return Math.abs(instant) <= MAX_DATE_MS;
}

/** When an event counts as having occurred, in epoch ms. A time that cannot be (the future, or too late) is the time of receipt. */
export function eventTime(occurredAt: number | undefined, clock: Clock): number {
  if (occurredAt === undefined) return clock.receivedAt;
  const occurred = clock.sentAt === undefined ? occurredAt : occurredAt + (clock.receivedAt - clock.sentAt);
  if (occurred > clock.receivedAt) return clock.receivedAt;
  const isTooLate = clock.receivedAt - occurred > clock.maxLatenessDays * DAY_MS;
  return isTooLate && !clock.trusted ? clock.receivedAt : occurred;
}

function normalise(text: string): string | undefined {
  const match = isoPattern.exec(text);
  if (match === null) return undefined;
  const [, date, time, hours = "+00", minutes = "00"] = match;
  return `${date}T${time}${hours}:${minutes}`;
}

// Date.parse takes 30 February for 2 March.
function isDayOfMonth(iso: string): boolean {
  const day = Number(iso.slice(8, 10));
  if (day <= 28) return true;
  return day <= new Date(Date.UTC(Number(iso.slice(0, 4)), Number(iso.slice(5, 7)), 0)).getUTCDate();
}
