/**
 * Reads one Firehose record: newline-separated rows written by collect, all of one day, either events or rejected
 * events. Nothing here throws: a record that cannot be read is `unreadable`, and it alone goes to the stream's error
 * prefix, unchanged.
 */
import { hash } from "node:crypto";
import { cached } from "../cache.ts";
import { isDay } from "../metrics/time-bucket.ts";
import type { EventRow } from "../schemas/tables/event-columns.ts";
import { parseLines } from "../schemas/tables/lake-lines.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";

/**
 * A record as Firehose delivers it; `data` is base64, the time is epoch ms. `delivered` is the data that came, if `data`
 * was made from it (src/collect/logs/vended-records.ts): whatever is made of it, a retry is the same batch.
 */
export type FirehoseRecord = {
  recordId: string;
  approximateArrivalTimestamp: number;
  data: string;
  delivered?: string;
};

type Content =
  | { kind: "events"; day: string; rows: EventRow[] }
  | { kind: "rejected"; day: string; rows: RejectedRow[] }
  | { kind: "unreadable"; reason: string };

/** `digest` is the SHA-256 of the bytes that were delivered. */
export type ReadRecord = FirehoseRecord & { digest: Buffer } & Content;

export function readRecord(record: FirehoseRecord): ReadRecord {
  const list = decodeList(record.data);
  const { delivered } = record;
  const bytes = delivered === undefined ? list.subarray(1, -1) : Buffer.from(delivered, "base64");
  const digest = hash("sha256", bytes, "buffer");
  return { ...record, digest, ...readContent(list) };
}

/**
 * The record's bytes with one spare byte on either side: all lines are then parsed as one list, a third faster than one
 * by one.
 */
function decodeList(data: string): Buffer {
  const list = Buffer.allocUnsafe(Buffer.byteLength(data, "base64") + 2);
  return list.subarray(0, list.write(data, 1, "base64") + 2);
}

function readContent(list: Buffer): Content {
  const rows = parseLines(list);
  if (typeof rows === "string") return { kind: "unreadable", reason: rows };
  if (areRejectedRows(rows)) return withOneDay(rows, (day) => ({ kind: "rejected", day, rows }));
  if (!areEventRows(rows)) return { kind: "unreadable", reason: "a line is not an event" };
  return withOneDay(rows, (day) => ({ kind: "events", day, rows }));
}

function withOneDay(rows: readonly { day: string }[], read: (day: string) => Content): Content {
  const [first] = rows;
  if (first === undefined || rows.some((row) => row.day !== first.day)) {
    return { kind: "unreadable", reason: "its lines are of several days" };
  }
  return read(first.day);
}

/**
 * Checked by hand, not by zod: this runs for every event in the hottest loop, and collect has checked all of it before.
 */
function areEventRows(rows: readonly unknown[]): rows is EventRow[] {
  let received: unknown = Number.NaN; // one value per request; NaN equals nothing, so the first event is checked
  return rows.every((row) => {
    if (row === null) return false; // the one JSON value that has no fields to read
    const { event_id, name, app, day, occurred_at, received_at, amount, status, elapsed_ms } = row as Partial<EventRow>;
    if (received_at !== received && !isTime(received_at)) return false;
    received = received_at;
    const texts = isText(event_id) && isText(name) && isText(app) && isTime(occurred_at);
    return texts && isRealDay(day) && isWholeIfGiven(amount) && isWholeIfGiven(status) && isWholeIfGiven(elapsed_ms);
  });
}

function areRejectedRows(rows: readonly unknown[]): rows is RejectedRow[] {
  return rows.every((row) => {
    if (row === null) return false; // the one JSON value that has no fields to read
    const { raw, errors, day, reason, app, received_at, requests } = row as Partial<RejectedRow>;
    const texts = isText(raw) && isText(errors) && isText(reason) && isText(app);
    return texts && isRealDay(day) && isTime(received_at) && isWholeIfGiven(requests);
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** The one form that collect writes: counting takes the minute from it, and the lake's format conversion reads it. */
function isTime(value: unknown): boolean {
  return (
    isText(value) && /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/.test(value)
  );
}

function isWholeIfGiven(value: unknown): boolean {
  return value === undefined || Number.isSafeInteger(value);
}

const isCalendarDay = cached(1000, isDay);

function isRealDay(day: unknown): day is string {
  return isText(day) && isCalendarDay(day);
}
