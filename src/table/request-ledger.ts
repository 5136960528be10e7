/**
 * The ledger of recent requests, which tells a batch what other batches hold of the same requests. A batch writes one
 * item with its claims, and one entry in the log of each page that its requests are on; it never needs a write per
 * request.
 *
 * A page's log is one item, and DynamoDB applies writes to an item one after the other, so its order is the same for
 * everybody for ever. A page takes a bounded number of batches; later ones go to the pages below it
 * (src/stream/request-pages.ts).
 */
import { type Item, keyOf, number, type Table } from "./table.ts";

export type RequestLedger = {
  putClaims(batch: string, claims: Uint8Array, expires: number): Promise<void>;
  /**
   * Appends a batch to a page, unless it is there already or the page is full, and returns the page's batches. If the
   * batch is not among them, the page is full for ever.
   */
  enter(page: string, batch: string, expires: number): Promise<string[]>;
  /** The claims of batches, in the order of `batches`; empty for a batch whose claims have expired. */
  claims(batches: readonly string[]): Promise<Uint8Array[]>;
};

/**
 * An entry takes 12 bytes, so a full page costs 12 units to write. Outside of a flood, no honest minute has so many
 * batches.
 */
const BATCHES_A_PAGE = 1000;

/** The ledger in the table. Repeating a write changes nothing. */
export function createRequestLedger(table: Table, most = BATCHES_A_PAGE): RequestLedger {
  return {
    putClaims: (batch, claims, expires) =>
      table.put({ ...claimsKey(batch), c: { B: claims }, expires: number(expires) }),
    enter: async (page, batch, expires) => {
      const key = keyOf(`page#${page}`, "log");
      const entered = await table.updateAndGet(key, {
        UpdateExpression: "SET batches = list_append(if_not_exists(batches, :none), :one), expires = :expires",
        ConditionExpression:
          "attribute_not_exists(batches) OR (NOT contains(batches, :batch) AND size(batches) < :most)",
        ExpressionAttributeValues: {
          ":none": { L: [] },
          ":one": { L: [{ S: batch }] },
          ":batch": { S: batch },
          ":most": number(most),
          ":expires": number(expires),
        },
      });
      return namesIn(entered ?? (await table.get(key)));
    },
    claims: async (batches) => {
      const items = await table.getMany(batches.map(claimsKey));
      const found = new Map(items.map(({ pk, c }) => [pk?.S, c?.B]));
      return batches.map((batch) => found.get(claimsKey(batch).pk.S) ?? new Uint8Array());
    },
  };
}

function namesIn(item: Item | undefined): string[] {
  return (item?.batches?.L ?? []).map((name) => name.S ?? "");
}

function claimsKey(batch: string) {
  return keyOf(`claims#${batch}`, "claims");
}
