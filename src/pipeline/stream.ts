/**
 * What the stream decides: which records of a Firehose batch are copies, what the rest adds up to, and what Firehose gets back.
 * Whatever names the batch comes from its content and its records' arrival times, so that a retry decides the same.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
 */
import { hash } from "node:crypto";
import type { Metric } from "../metrics/define-metric.ts";
import { createIncrements, type Increment } from "../metrics/increments.ts";
import { escapeValue } from "../metrics/key.ts";
import { type FirehoseRecord, type ReadRecord, readRecord } from "./read-record.ts";
import { type Claim, isRepeat, type Page } from "./repeats.ts";

/** A record as Firehose wants it back. `data` is always given: without it Firehose may fail the whole batch. */
export type FirehoseResult = {
  recordId: string;
  result: "Ok" | "ProcessingFailed";
  data: string;
  metadata?: { partitionKeys: { dt: string } };
};

/**
 * `id` names the batch by its records' content and arrival times, in any order (two puts of the same records are two batches);
 * `slot` is the half hour in which its last record arrived.
 */
export type Batch = { id: string; slot: number; records: readonly ReadRecord[] };

/** What a batch adds: rows by day as they go to the lake, and increments by counter. */
export type Tally = { seen: Map<string, number>; days: Increment[]; minutes: Increment[] };

const HALF_HOUR_MS = 30 * 60_000;
const DAY_S = 86_400;
/**
 * How long items are kept after their batch. Counters outlive the seal of their day, and a batch layer that stood still for
 * weeks; the ledger outlives the oldest request that a client may still send again (`maxLatenessDays`).
 */
const KEPT_DAYS = { counters: 35, live: 2, ledger: 8, samples: 7 };
const LIVE_MS = 3 * 3_600_000;

/** Reads a batch. Nothing in it can make this throw. */
export function readBatch(records: readonly FirehoseRecord[]): Batch {
  const read = records.map(readRecord);
  const contents = read.map((record) => `${record.digest.toString("base64")} ${record.approximateArrivalTimestamp}`);
  const id = hash("sha256", contents.sort().join(), "buffer").toString("base64url", 0, 8);
  const last = Math.max(0, ...records.map((record) => record.approximateArrivalTimestamp));
  return { id, slot: Math.floor(last / HALF_HOUR_MS), records: read };
}

/** When what a batch writes may be forgotten, in epoch seconds; the same for each retry. */
export function expiryOf({ slot }: Batch, what: keyof typeof KEPT_DAYS): number {
  return ((slot + 1) * HALF_HOUR_MS) / 1000 + KEPT_DAYS[what] * DAY_S;
}

/** What a batch writes on each ledger page: the claims of its requests. */
export function claimsByPage({ records }: Batch): Map<string, Claim[]> {
  const pages = new Map<string, Claim[]>();
  for (const record of records) {
    if (record.kind !== "events") continue;
    for (const page of record.pages) {
      const claims = pages.get(page);
      if (claims === undefined) pages.set(page, [record.claim]);
      else claims.push(record.claim);
    }
  }
  return pages;
}

/** The ids of the records that are copies of what counts elsewhere; `entered` says what each page knows, and this batch's place. */
export function findRepeats(
  { records }: Batch,
  entered: ReadonlyMap<string, { page: Page; place: number }>,
): Set<string> {
  const repeats = new Set<string>();
  const taken = new Set<string>();
  for (const record of records) {
    if (record.kind !== "events") continue;
    const { claim, pages } = record;
    const id = `${claim.request} ${claim.copy} ${claim.part}`;
    const entries = pages.flatMap((name) => entered.get(name) ?? []);
    if (taken.has(id) || entries.some(({ page, place }) => isRepeat(page, place, claim))) repeats.add(record.recordId);
    taken.add(id);
  }
  return repeats;
}

/** Adds up what counts. Copies are seen (they go to the lake) and not counted. */
export function countBatch(
  { records }: Batch,
  repeats: ReadonlySet<string>,
  catalog: readonly Metric[],
  timeZone: string,
): Tally {
  const increments = createIncrements(catalog, timeZone);
  const seen = new Map<string, number>();
  for (const record of records) {
    if (record.kind !== "events") continue;
    seen.set(record.day, (seen.get(record.day) ?? 0) + record.rows.length);
    if (repeats.has(record.recordId)) continue;
    const liveFrom = new Date(record.approximateArrivalTimestamp - LIVE_MS).toISOString();
    for (const row of record.rows) increments.add(row, row.occurred_at >= liveFrom);
  }
  return { seen, days: [...increments.days(), ...countRejected(records)], minutes: increments.minutes() };
}

/** The answer to Firehose: every record once, unchanged but for the mark on copies, with the partition that it belongs to. */
export function answerBatch({ records }: Batch, repeats: ReadonlySet<string>): FirehoseResult[] {
  return records.map((record) => {
    const { recordId, data } = record;
    if (record.kind === "unreadable") return { recordId, result: "ProcessingFailed", data };
    const metadata = { partitionKeys: { dt: record.day } };
    return { recordId, result: "Ok", data: repeats.has(recordId) ? markCopies(data) : data, metadata };
  });
}

/** Rejected events are counted for the status page by day, app and reason; they are no metric of the catalog. */
function countRejected(records: readonly ReadRecord[]): Increment[] {
  const counts = new Map<string, Increment & { value: bigint }>();
  for (const row of records.flatMap((record) => (record.kind === "rejected" ? record.rows : []))) {
    for (const [set, key] of Object.entries({ "": "", app: row.app, reason: row.reason })) {
      const id = `${row.day} ${set} ${key}`;
      const known = counts.get(id)?.value ?? 0n;
      counts.set(id, { bucket: row.day, metric: "rejected", set, key: escapeValue(key), value: known + 1n });
    }
  }
  return [...counts.values()];
}

/** `"is_copy":true` on every line, so that the rollup leaves out the same copy as the counters did. */
function markCopies(data: string): string {
  const lines = Buffer.from(data, "base64").toString("utf8").trim().split("\n");
  return Buffer.from(`${lines.map((line) => `{"is_copy":true,${line.trim().slice(1)}`).join("\n")}\n`).toString(
    "base64",
  );
}
