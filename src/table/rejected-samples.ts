/**
 * Samples of rejected events, for the status page: of each reason the newest event of the batch that came last, shortened. They
 * only help to see what is wrong; all that was rejected is in the lake's table `rejected`.
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

/** So many are written of a batch, and read for the status. */
export const MOST_SAMPLES = 20;
/** DynamoDB's limit for a sort key is 1,024 bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LONGEST_KEY_BYTES = 800;
const PARTITION = "rejected";

/** Where the sample of a reason stands. A reason too long for a key is replaced by its hash; `%` alone begins no escaped one. */
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
    /** Puts samples in the place of those that their reasons had; `expires` in epoch seconds. */
    put: (writes: readonly SampleWrite[], expires: number): Promise<void> =>
      forEachLimited(writes, WRITES_AT_ONCE, ({ key, sample }) => table.put(toItem(key, sample, expires))),

    /** The samples under some keys, in any order. */
    read: async (keys: readonly SampleKey[]): Promise<RejectedSample[]> =>
      (await table.getMany(keys.map(({ pk, sk }) => keyOf(pk, sk)))).map(toSample),

    /** Removes the samples whose text is of a kind; returns how many. */
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
