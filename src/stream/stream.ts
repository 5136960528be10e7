/**
 * What the stream decides: what the events of a Firehose batch that are no copies add up to, and what Firehose gets back.
 * Whatever names the batch comes from its content and its records' arrival times, so that a retry decides the same.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 */
import { hash } from "node:crypto";
import { REFUSED_SET, REJECTED, type Section } from "../metrics/block.ts";
import type { Metric } from "../metrics/define-metric.ts";
import { createIncrements } from "../metrics/increments.ts";
import { escapeValue, joinKey } from "../metrics/key.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { type FirehoseRecord, type ReadRecord, readRecord } from "./read-record.ts";

/** A record as Firehose wants it back. `data` is always given: without it Firehose may fail the whole batch. */
export type FirehoseResult = {
  recordId: string;
  result: "Ok" | "ProcessingFailed";
  data: string;
  metadata?: { partitionKeys: { dt: string } };
};

/**
 * `id` names the batch by its records' content and arrival times, in any order (two puts of the same records are two batches);
 * `arrived` is when its last record did (epoch ms).
 */
export type Batch = { id: string; arrived: number; records: readonly ReadRecord[] };

/** What a batch adds to a day: rows as they go to the lake, and the sections of its block. */
export type DayTally = { day: string; rows: number; sections: Section[] };

/** For each record the places of its events that must not count; records without any are left out. */
export type Repeats = ReadonlyMap<string, ReadonlySet<number>>;

const DAY_S = 86_400;
/**
 * How long items are kept after their batch. The ledger outlives the oldest request that a client may still send again
 * (`maxLatenessDays`).
 */
const KEPT_DAYS = { ledger: 8, samples: 7 };
const LIVE_MS = 3 * 3_600_000;

/** Reads a batch. Nothing in it can make this throw. */
export function readBatch(records: readonly FirehoseRecord[]): Batch {
  const read = records.map(readRecord);
  const contents = read.map((record) => `${record.digest.toString("base64")} ${record.approximateArrivalTimestamp}`);
  const id = hash("sha256", contents.sort().join(), "buffer").toString("base64url", 0, 8);
  const arrived = Math.max(0, ...records.map((record) => record.approximateArrivalTimestamp));
  return { id, arrived, records: read };
}

/** When what a batch writes may be forgotten, in epoch seconds; the same for each retry. */
export function expiryOf({ arrived }: Batch, what: keyof typeof KEPT_DAYS): number {
  return Math.ceil(arrived / 1000) + KEPT_DAYS[what] * DAY_S;
}

/** Adds up what counts, by day. Copies are seen (they go to the lake) and not counted. */
export function countBatch(
  { records }: Batch,
  repeats: Repeats,
  catalog: readonly Metric[],
  timeZone: string,
): DayTally[] {
  const increments = createIncrements(catalog, timeZone);
  const rows = new Map<string, number>();
  for (const record of records) {
    if (record.kind !== "events") continue;
    rows.set(record.day, (rows.get(record.day) ?? 0) + record.rows.length);
    const copies = repeats.get(record.recordId);
    const liveFrom = new Date(record.approximateArrivalTimestamp - LIVE_MS).toISOString();
    for (const [at, row] of record.rows.entries())
      if (copies === undefined || !copies.has(at)) increments.add(row, row.occurred_at >= liveFrom);
  }
  const events = increments.days();
  const rejected = countRejected(records);
  return [...new Set([...rows.keys(), ...rejected.keys()])].map((day) => ({
    day,
    rows: rows.get(day) ?? 0,
    sections: [...(events.get(day) ?? []), ...(rejected.get(day) ?? [])],
  }));
}

/** The answer to Firehose: every record once, unchanged but for the mark on copies, with the partition that it belongs to. */
export function answerBatch({ records }: Batch, repeats: Repeats): FirehoseResult[] {
  return records.map((record) => {
    const { recordId, data } = record;
    if (record.kind === "unreadable") return { recordId, result: "ProcessingFailed", data };
    const metadata = { partitionKeys: { dt: record.day } };
    const copies = repeats.get(recordId);
    return { recordId, result: "Ok", data: copies === undefined ? data : markCopies(data, copies), metadata };
  });
}

/** Rejected events and refused requests are counted for the status page by day, app and reason; they are no metric of the catalog. */
function countRejected(records: readonly ReadRecord[]): Map<string, Section[]> {
  const rows = records.flatMap((record) => (record.kind === "rejected" ? record.rows : []));
  return new Map([...Map.groupBy(rows, ({ day }) => day)].map(([day, some]) => [day, sectionsOfRejected(some)]));
}

function sectionsOfRejected(rows: readonly RejectedRow[]): Section[] {
  const { events = [], notes = [] } = Object.groupBy(rows, ({ requests }) =>
    requests === undefined ? "events" : "notes",
  );
  const sections = [
    rejectedSection("", events, () => ""),
    rejectedSection("app", events, ({ app }) => app),
    rejectedSection("reason", events, ({ reason }) => reason),
  ];
  return notes.length === 0 ? sections : [...sections, refusedSection(notes)];
}

function refusedSection(notes: readonly RejectedRow[]): Section {
  const counts = [...Map.groupBy(notes, ({ reason, app }) => joinKey([reason, app]))];
  const values = counts.map(([, some]) => some.reduce((sum, { requests = 0 }) => sum + requests, 0));
  return { metric: REJECTED, set: REFUSED_SET, keys: counts.map(([key]) => key), values };
}

function rejectedSection(set: string, rows: readonly RejectedRow[], keyOf: (row: RejectedRow) => string): Section {
  const counts = [...Map.groupBy(rows, keyOf)].map(([key, some]) => [escapeValue(key), some.length] as const);
  return { metric: REJECTED, set, keys: counts.map(([key]) => key), values: counts.map(([, count]) => count) };
}

/** `"is_copy":true` on the lines of copies, so that the rollup leaves out the same ones as the stream did. */
function markCopies(data: string, copies: ReadonlySet<number>): string {
  const lines = Buffer.from(data, "base64").toString("utf8").trim().split("\n");
  const marked = lines.map((line, at) => (copies.has(at) ? `{"is_copy":true,${line.trim().slice(1)}` : line));
  return Buffer.from(`${marked.join("\n")}\n`).toString("base64");
}
