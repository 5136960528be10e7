/** Reads several items at once. */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { forEachLimited } from "../../for-each-limited.ts";
import type { Item, Key } from "../../table/table.ts";

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const KEYS_PER_GET = 100;

const GETS_AT_ONCE = 8;

type Store = { client: DynamoDBClient; table: string };

/**
 * The items under some keys, in any order; missing items are left out. Strongly consistent unless told otherwise.
 * Throws the SDK's errors.
 */
export async function getItems(store: Store, keys: readonly Key[], isConsistent = true): Promise<Item[]> {
  const items: Item[] = [];
  const starts = Array.from({ length: Math.ceil(keys.length / KEYS_PER_GET) }, (_, i) => i * KEYS_PER_GET);
  await forEachLimited(starts, GETS_AT_ONCE, async (at) => {
    const found = await getSome(store, keys.slice(at, at + KEYS_PER_GET), isConsistent);
    for (const item of found) items.push(item);
  });
  return items;
}

async function getSome({ client, table }: Store, keys: readonly Key[], ConsistentRead: boolean): Promise<Item[]> {
  const items: Item[] = [];
  for (let Keys: Record<string, AttributeValue>[] = [...keys]; Keys.length > 0; ) {
    const request = { RequestItems: { [table]: { Keys, ConsistentRead } } };
    const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(request));
    items.push(...(Responses?.[table] ?? []));
    Keys = UnprocessedKeys?.[table]?.Keys ?? [];
  }
  return items;
}
