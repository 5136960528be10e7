/**
 * Reads one Firehose record: newline-separated rows that collect wrote, all of one day, either events or rejected events.
 * Nothing here throws: a record that cannot be read is `unreadable`, alone, and goes to the stream's error prefix as it came.
 */
import { hash } from "node:crypto";
import { isDay } from "../metrics/time-bucket.ts";
import type { EventRow } from "../schemas/event-columns.ts";
import type { RejectedRow } from "../schemas/rejected-columns.ts";
import { type Claim, pagesOf, toClaim } from "./repeats.ts";

/** A record as Firehose hands it over; `data` is base64, the time is epoch ms. */
export type FirehoseRecord = { recordId: string; approximateArrivalTimestamp: number; data: string };

type Content =
  | { kind: "events"; day: string; rows: EventRow[]; claim: Claim; pages: string[] }
  | { kind: "rejected"; day: string; rows: RejectedRow[] }
  | { kind: "unreadable"; reason: string };

/** `digest` is the SHA-256 of the record's bytes. */
export type ReadRecord = FirehoseRecord & { digest: Buffer } & Content;

/** Decodes and checks a record. */
export function readRecord(record: FirehoseRecord): ReadRecord {
  const bytes = Buffer.from(record.data, "base64");
  const digest = hash("sha256", bytes, "buffer");
  return { ...record, digest, ...readContent(bytes.toString("utf8"), digest) };
}

function readContent(text: string, digest: Buffer): Content {
  const rows = parseLines(text);
  if (typeof rows === "string") return { kind: "unreadable", reason: rows };
  if (areRejectedRows(rows)) return withOneDay(rows, (day) => ({ kind: "rejected", day, rows }));
  if (!areEventRows(rows)) return { kind: "unreadable", reason: "a line is not an event" };
  return withOneDay(rows, (day, { app, batch_id, event_id, received_at }) => {
    const batchId = batch_id ?? event_id;
    const claim = toClaim({ app, batch_id: batchId, received_at }, digest);
    return { kind: "events", day, rows, claim, pages: pagesOf(batchId, received_at) };
  });
}

/** One call of JSON.parse for all lines is a third faster than one a line. */
function parseLines(text: string): unknown[] | string {
  try {
    const rows: unknown = JSON.parse(`[${text.trim().replaceAll("\n", ",")}]`);
    return Array.isArray(rows) && rows.length > 0 ? rows : "it is empty";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function withOneDay<R extends { day: string }>(rows: readonly R[], read: (day: string, first: R) => Content): Content {
  const [first] = rows;
  if (first === undefined || rows.some((row) => row.day !== first.day)) {
    return { kind: "unreadable", reason: "its lines are of several days" };
  }
  return read(first.day, first);
}

/** Checked by hand, not by zod: this runs for each event of the hottest loop, and collect has already checked all of it. */
function areEventRows(rows: readonly unknown[]): rows is EventRow[] {
  return rows.every((row) => {
    if (typeof row !== "object" || row === null) return false;
    const { event_id, name, app, day, occurred_at, received_at, amount, status } = row as Partial<EventRow>;
    const texts = isText(event_id) && isText(name) && isText(app) && isText(occurred_at) && isText(received_at);
    return texts && isRealDay(day) && isWholeIfGiven(amount) && isWholeIfGiven(status);
  });
}

function areRejectedRows(rows: readonly unknown[]): rows is RejectedRow[] {
  return rows.every((row) => {
    if (typeof row !== "object" || row === null) return false;
    const { raw, errors, day, reason, app } = row as Partial<RejectedRow>;
    return isText(raw) && isText(errors) && isText(reason) && isText(app) && isRealDay(day);
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isWholeIfGiven(value: unknown): boolean {
  return value === undefined || Number.isSafeInteger(value);
}

const realDays = new Set<string>();

function isRealDay(day: unknown): day is string {
  if (!isText(day)) return false;
  if (realDays.has(day)) return true;
  if (!isDay(day)) return false;
  if (realDays.size >= 1000) realDays.clear();
  realDays.add(day);
  return true;
}
