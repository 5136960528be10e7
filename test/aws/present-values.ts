/** What the visible blocks of days say, read as the query does. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createBlocks } from "../../src/aws/dynamodb/blocks.ts";
import { createDayLedger } from "../../src/aws/dynamodb/day-ledger.ts";
import { createOldCounters } from "../../src/aws/dynamodb/old-counters.ts";
import type { Partial } from "../../src/metrics/merge.ts";
import { createPresent } from "../../src/query/present.ts";

type Store = { client: DynamoDBClient; table: string };
type Wanted = { metric: string; set: string; isDistinct?: boolean };

/** A day's values by key. */
export async function presentOf(store: Store, day: string, wanted: Wanted): Promise<Map<string, Partial>> {
  const days = await createDayLedger(store).getDays([day]);
  const found = await present(store).days([...days.values()], { isDistinct: false, ...wanted });
  return found.get(day) ?? new Map();
}

/** A metric's live minutes, by minute and unit. */
export async function presentMinutes(store: Store, day: string, metric: string) {
  const days = await createDayLedger(store).getDays([day]);
  return await present(store).minutes([...days.values()], { metric, isDistinct: false, from: "0", to: "9" });
}

function present(store: Store) {
  return createPresent({ blocks: createBlocks(store), old: createOldCounters(store), memoryBytes: 1e6 });
}
