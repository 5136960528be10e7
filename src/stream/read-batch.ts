/**
 * A Firehose batch after reading. Its id depends only on its records' content and arrival times, so that a retry
 * decides the same.
 */
import { hash } from "node:crypto";
import { type FirehoseRecord, type ReadRecord, readRecord } from "./read-record.ts";

/**
 * `id` names the batch by its records' content and arrival times, in any order (two puts of the same records are two
 * batches); `arrived` is when its last record did (epoch ms).
 */
export type Batch = { id: string; arrived: number; records: readonly ReadRecord[] };

const DAY_S = 86_400;
/**
 * How long items are kept after their batch arrived. The ledger outlives the oldest request that a client may still
 * send again (`maxLatenessDays`).
 */
const KEPT_DAYS = { ledger: 8, samples: 7 };

/** Reads a batch. Nothing in it can make this throw. */
export function readBatch(records: readonly FirehoseRecord[]): Batch {
  const read = records.map(readRecord);
  const contents = read.map((record) => `${record.digest.toString("base64")} ${record.approximateArrivalTimestamp}`);
  const id = hash("sha256", contents.sort().join(), "buffer").toString("base64url", 0, 8);
  const arrived = Math.max(0, ...records.map((record) => record.approximateArrivalTimestamp));
  return { id, arrived, records: read };
}

/** When what a batch writes expires, in epoch seconds; the same for every retry. */
export function expiryOf({ arrived }: Batch, what: keyof typeof KEPT_DAYS): number {
  return Math.ceil(arrived / 1000) + KEPT_DAYS[what] * DAY_S;
}
