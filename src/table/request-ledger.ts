/**
 * The ledger of recent requests, which tells a batch what other batches hold of the same requests. A batch takes one item with its
 * claims, and one place in the log of each page that its requests are on: never a write per request.
 *
 * A page's log is one item, and DynamoDB keeps its writes one after the other: its order is the same for everybody for ever. It takes
 * a bounded number of batches; what comes then goes on to the pages below (src/stream/request-pages.ts).
 */
import { type Item, keyOf, number, type Table } from "./table.ts";

export type RequestLedger = {
  putClaims(batch: string, claims: Uint8Array, expires: number): Promise<void>;
  /**
   * Puts a batch at the end of a page unless it stands there or the page is full, and answers the batches of the page. Without it
   * among them the page is full, for ever.
   */
  enter(page: string, batch: string, expires: number): Promise<string[]>;
  /** The claims of batches, in the order of their names; empty for a batch whose claims have expired. */
  claims(batches: readonly string[]): Promise<Uint8Array[]>;
};

/** An entry takes 12 bytes, so that a full page is 12 units to write; no honest minute has so many batches but in a flood. */
const BATCHES_A_PAGE = 1000;

/** A ledger in the table; repeating a write changes nothing. */
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
