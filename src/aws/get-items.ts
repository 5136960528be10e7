/** Reads several items at once, strongly consistent. */
import { type AttributeValue, BatchGetItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** An item, or the key of one, as DynamoDB has it. */
export type Item = Record<string, AttributeValue>;

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const KEYS_PER_GET = 100;

/** The items under some keys, in any order; what is not there is left out. Throws the SDK's errors. */
export async function getItems(client: DynamoDBClient, table: string, keys: readonly Item[]): Promise<Item[]> {
  const items: Item[] = [];
  for (let at = 0; at < keys.length; at += KEYS_PER_GET) {
    let Keys = keys.slice(at, at + KEYS_PER_GET);
    while (Keys.length > 0) {
      const request = { RequestItems: { [table]: { Keys, ConsistentRead: true } } };
      const { Responses, UnprocessedKeys } = await client.send(new BatchGetItemCommand(request));
      items.push(...(Responses?.[table] ?? []));
      Keys = UnprocessedKeys?.[table]?.Keys ?? [];
    }
  }
  return items;
}
