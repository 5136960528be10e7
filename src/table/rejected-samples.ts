/**
 * Samples of rejected events, for the status page: of each reason the newest event of the batch that came last, shortened. They
 * only help to see what is wrong; all that was rejected is in the lake's table `rejected`.
 */
import { hash } from "node:crypto";
import { escapeValue } from "../metrics/key.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";

/** `errors` is JSON text, as in the row. */
export type RejectedSample = Pick<RejectedRow, "reason" | "received_at" | "app" | "errors" | "raw">;

/** A sample and the key of its item. */
export type SampleWrite = { key: SampleKey; sample: RejectedSample };
export type SampleKey = { pk: string; sk: string };

/** So many are written of a batch, and read for the status. */
export const MOST_SAMPLES = 20;
/** DynamoDB's limit for a sort key is 1,024 bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LONGEST_KEY_BYTES = 800;

/** Where the sample of a reason stands. A reason too long for a key is replaced by its hash; `%` alone begins no escaped one. */
export function sampleKey(reason: string): SampleKey {
  const key = escapeValue(reason);
  const short = Buffer.byteLength(key) <= LONGEST_KEY_BYTES ? key : `%${hash("sha256", key)}`;
  return { pk: "rejected", sk: `reason#${short}` };
}
