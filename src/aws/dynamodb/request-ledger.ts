/**
 * The ledger of recent requests in DynamoDB, which tells a batch what other batches hold of the same requests. A batch takes one
 * item with its claims, and one place in the log of each page that its requests are on: never a write per request.
 *
 * A page's log is one item, and DynamoDB keeps its writes one after the other: its order is the same for everybody for ever. It takes
 * a bounded number of batches; what comes then goes on to the pages below (src/stream/request-pages.ts).
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Ledger } from "../../stream/enter-pages.ts";
import { getItems, type Item } from "./get-items.ts";

type Store = { client: DynamoDBClient; table: string };

/** An entry takes 12 bytes, so that a full page is 12 units to write; no honest minute has so many batches but in a flood. */
const BATCHES_A_PAGE = 1000;

/** A ledger in a table. Every method throws the SDK's errors; repeating one changes nothing. */
export function createRequestLedger(store: Store, most = BATCHES_A_PAGE): Ledger {
  const { client, table } = store;
  return {
    putClaims: async (batch, claims, expires) => {
      const Item = { ...claimsKey(batch), c: { B: claims }, expires: { N: String(expires) } };
      await client.send(new PutItemCommand({ TableName: table, Item }));
    },
    enter: async (page, batch, expires) => {
      const Key = { pk: { S: `page#${page}` }, sk: { S: "log" } };
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: table,
            Key,
            UpdateExpression: "SET batches = list_append(if_not_exists(batches, :none), :one), expires = :expires",
            ConditionExpression:
              "attribute_not_exists(batches) OR (NOT contains(batches, :batch) AND size(batches) < :most)",
            ExpressionAttributeValues: {
              ":none": { L: [] },
              ":one": { L: [{ S: batch }] },
              ":batch": { S: batch },
              ":most": { N: String(most) },
              ":expires": { N: String(expires) },
            },
            ReturnValues: "ALL_NEW",
          }),
        );
        return namesIn(Attributes);
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
        return namesIn(Item);
      }
    },
    claims: async (batches) => {
      const items = await getItems(store, batches.map(claimsKey));
      const found = new Map(items.map(({ pk, c }) => [pk?.S, c?.B]));
      return batches.map((batch) => found.get(claimsKey(batch).pk.S) ?? new Uint8Array());
    },
  };
}

function namesIn(item: Item | undefined): string[] {
  return (item?.batches?.L ?? []).map((name) => name.S ?? "");
}

function claimsKey(batch: string) {
  return { pk: { S: `claims#${batch}` }, sk: { S: "claims" } };
}
