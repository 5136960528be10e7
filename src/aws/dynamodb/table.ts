/**
 * The one table over the wire: the operations of `src/table/table.ts`, each as one call of the SDK, or as several where
 * DynamoDB's limits require it.
 */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
} from "@aws-sdk/client-dynamodb";
import type { Item, KeyRange, NewItem, Table } from "../../table/table.ts";
import { getItems } from "./get-items.ts";
import { transactUpdates } from "./transact-updates.ts";
import { updateItem } from "./update-item.ts";

type Store = { client: DynamoDBClient; table: string };

/** The table with a given name. */
export function createTable(store: Store): Table {
  const { client, table: TableName } = store;
  return {
    get: async (Key) => (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item,
    getMany: (keys, isFresh) => getItems(store, keys, isFresh),
    query: (range) => query(store, range),
    put: async (item) => {
      await client.send(new PutItemCommand({ TableName, Item: item }));
    },
    putOnce: (item) => putOnce(store, item),
    update: async (key, change) => (await updateItem(store, key, change)) !== undefined,
    updateAndGet: (key, change) => updateItem(store, key, change, "ALL_NEW"),
    updateAll: (changes) => transactUpdates(store, changes),
    remove: async (Key) => {
      await client.send(new DeleteItemCommand({ TableName, Key }));
    },
  };
}

async function query({ client, table }: Store, { pk, between, attributes }: KeyRange): Promise<Item[]> {
  const [from = "", to = ""] = between ?? [];
  const input = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: between === undefined ? "pk = :pk" : "pk = :pk AND sk BETWEEN :from AND :to",
    ExpressionAttributeValues: { ":pk": { S: pk }, ...(between && { ":from": { S: from }, ":to": { S: to } }) },
    ...(attributes !== undefined && { ProjectionExpression: attributes }),
  };
  const items: Item[] = [];
  for await (const page of paginateQuery({ client }, input)) for (const item of page.Items ?? []) items.push(item);
  return items;
}

async function putOnce({ client, table }: Store, item: NewItem): Promise<boolean> {
  const ConditionExpression = "attribute_not_exists(pk)";
  try {
    await client.send(new PutItemCommand({ TableName: table, Item: item, ConditionExpression }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
