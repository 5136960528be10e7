/**
 * Samples of rejected events for the status page: for each reason, the newest event of the latest batch, shortened.
 * They only help to see what is wrong; everything that was rejected is in the lake's table `rejected`.
 */
import { hash } from "node:crypto";
import { forEachLimited } from "../for-each-limited.ts";
import { escapeValue } from "../metrics/key.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import { type Item, keyOf, type NewItem, number, type Table } from "./table.ts";

/** `errors` is JSON text, as in the row. */
export type RejectedSample = Pick<RejectedRow, "reason" | "received_at" | "app" | "errors" | "raw">;

/** A sample and the key of its item. */
export type SampleWrite = { key: SampleKey; sample: RejectedSample };
export type SampleKey = { pk: string; sk: string };

/** How many samples a batch writes at most, and the status reads. */
export const MOST_SAMPLES = 20;
/**
 * DynamoDB's limit for a sort key is 1,024 bytes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const LONGEST_KEY_BYTES = 800;
const PARTITION = "rejected";

/**
 * The key of a reason's sample. A reason too long for a key is replaced by its hash; no escaped reason starts with a
 * bare `%`.
 */
export function sampleKey(reason: string): SampleKey {
  const key = escapeValue(reason);
  const short = Buffer.byteLength(key) <= LONGEST_KEY_BYTES ? key : `%${hash("sha256", key)}`;
  return { pk: PARTITION, sk: `reason#${short}` };
}

const WRITES_AT_ONCE = 20;

export type RejectedSamples = ReturnType<typeof createRejectedSamples>;

/** Samples in the table: one item for each reason (`pk = rejected`, `sk = reason#<reason>`). */
export function createRejectedSamples(table: Table) {
  return {
    /** Stores samples, replacing earlier ones of the same reasons; `expires` in epoch seconds. */
    put: (writes: readonly SampleWrite[], expires: number): Promise<void> =>
      forEachLimited(writes, WRITES_AT_ONCE, ({ key, sample }) => table.put(toItem(key, sample, expires))),

    /** The samples stored under some keys, in any order. */
    read: async (keys: readonly SampleKey[]): Promise<RejectedSample[]> =>
      (await table.getMany(keys.map(({ pk, sk }) => keyOf(pk, sk)))).map(toSample),

    /** Removes the samples whose text matches; returns how many. */
    async removeWhere(isOf: (text: string) => boolean): Promise<number> {
      const found = (await table.query({ pk: PARTITION })).filter(({ raw, errors }) => isOf(`${raw?.S} ${errors?.S}`));
      for (const { sk } of found) await table.remove(keyOf(PARTITION, sk?.S ?? ""));
      return found.length;
    },
  };
}

function toItem(key: SampleKey, { reason, received_at, app, errors, raw }: RejectedSample, expires: number): NewItem {
  return {
    ...keyOf(key.pk, key.sk),
    reason: { S: reason },
    received_at: { S: received_at },
    app: { S: app },
    errors: { S: errors },
    raw: { S: raw },
    expires: number(expires),
  };
}

function toSample({ reason, received_at, app, errors, raw }: Item): RejectedSample {
  return {
    reason: reason?.S ?? "",
    received_at: received_at?.S ?? "",
    app: app?.S ?? "",
    errors: errors?.S ?? "",
    raw: raw?.S ?? "",
  };
}
