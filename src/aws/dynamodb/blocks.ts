/** The items of the speed layer's blocks in DynamoDB (`pk = blocks#<day>`). They never change, so none is written over. */
import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { BlockKey, BlockStore, StoredItem } from "../../table/block-store.ts";
import { getItems } from "./get-items.ts";

type Store = { client: DynamoDBClient; table: string };

/** Blocks in a table. Every method throws the SDK's errors. */
export function createBlocks(store: Store): Pick<BlockStore, "put" | "putOnce" | "get"> {
  return {
    put: (item) => put(store, item),
    putOnce: async (item) => {
      try {
        await put(store, item, "attribute_not_exists(pk)");
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    get: async (keys, isFresh) => {
      const items = await getItems(store, keys.map(keyOf), isFresh);
      return new Map(items.flatMap(({ pk, sk, d }) => (d?.B === undefined ? [] : [[placeIn(pk?.S, sk?.S), d.B]])));
    },
  };
}

async function put({ client, table }: Store, item: StoredItem, ConditionExpression?: string): Promise<void> {
  const Item = { ...keyOf(item), d: { B: item.body }, expires: { N: String(item.expires) } };
  await client.send(
    new PutItemCommand({ TableName: table, Item, ...(ConditionExpression && { ConditionExpression }) }),
  );
}

const PREFIX = "blocks#";

function keyOf({ day, sk }: BlockKey) {
  return { pk: { S: PREFIX + day }, sk: { S: sk } };
}

/** As `placeOf` writes it. */
function placeIn(pk = "", sk = ""): string {
  return `${pk.slice(PREFIX.length)} ${sk}`;
}
