/** What `src/stream/read-record.ts` reads, in plain code: line by line, reading each field once. */
import { isDay } from "../../../src/metrics/time-bucket.ts";

export type PlainRecord = { kind: "events" | "rejected"; day: string; rows: Row[] } | { kind: "unreadable" };
type Row = Record<string, unknown>;

const times = ["occurred_at", "received_at"];
const forms = {
  rejected: { texts: ["raw", "errors", "reason", "app"], times: ["received_at"], whole: ["requests"] },
  events: { texts: ["event_id", "name", "app"], times, whole: ["amount", "status", "elapsed_ms"] },
} as const;

export function readByHand(bytes: Buffer): PlainRecord {
  const rows = parse(bytes.toString("utf8"));
  const [first] = rows ?? [];
  if (rows === undefined || first === undefined || rows.some(({ day }) => day !== first.day))
    return { kind: "unreadable" };
  for (const kind of ["rejected", "events"] as const)
    if (rows.every((row) => isOf(kind, row))) return { kind, day: String(first.day), rows };
  return { kind: "unreadable" };
}

function parse(text: string): Row[] | undefined {
  try {
    const rows: unknown[] =
      text.trim() === ""
        ? []
        : text
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line));
    return rows.every((row) => row !== null) ? rows.map((row) => Object(row)) : undefined;
  } catch {
    return undefined;
  }
}

function isOf(kind: keyof typeof forms, row: Row): boolean {
  const form = forms[kind];
  return (
    form.texts.every((name) => typeof row[name] === "string") &&
    form.times.every((name) => isTime(row[name])) &&
    form.whole.every((name) => row[name] === undefined || Number.isSafeInteger(row[name])) &&
    typeof row.day === "string" &&
    isDay(row.day)
  );
}

function isTime(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)) return false;
  const [month, day, hour, minute, second] = [5, 8, 11, 14, 17].map((at) => Number(value.slice(at, at + 2)));
  const within = (number: number | undefined, least: number, most: number) =>
    Number(number) >= least && Number(number) <= most;
  return (
    within(month, 1, 12) && within(day, 1, 31) && within(hour, 0, 23) && within(minute, 0, 59) && within(second, 0, 59)
  );
}
