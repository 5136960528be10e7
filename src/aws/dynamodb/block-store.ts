/** All that the speed layer reads and writes with: the items of blocks, and the day ledger that makes them visible. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { BlockStore } from "../../table/block-store.ts";
import { createBlocks } from "./blocks.ts";
import { createDayLedger } from "./day-ledger.ts";

/** The store in one table. Every method throws the SDK's errors. */
export function createBlockStore(store: { client: DynamoDBClient; table: string }, clock: () => number): BlockStore {
  const ledger = createDayLedger(store);
  return {
    ...createBlocks(store),
    frontiers: async (days) => new Map([...(await ledger.getDays(days))].map(([day, { frontier }]) => [day, frontier])),
    addNames: (names) => ledger.addNames(names, clock()),
    replaceNames: ledger.replaceNames,
  };
}
