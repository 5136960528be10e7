/**
 * The ledger of recent requests in DynamoDB, which tells a batch what other batches hold of the same requests. Per page and
 * batch it takes one item with the batch's claims and one place in the page's log, never a write per request.
 *
 * The claims are written before the batch's name goes into the log. So whoever finds a name in the log finds its claims, and
 * the order of the log, which DynamoDB keeps one write after the other, is the same for everybody for ever.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { getItems, type Item } from "./get-items.ts";

type Store = { client: DynamoDBClient; table: string };

/** What a batch enters on a page: its name, its packed claims, and until when they are kept (epoch seconds). */
type Entry = { page: string; batch: string; claims: Uint8Array; expires: number };

/** A ledger in a table. */
export function createRequestLedger(store: Store) {
  return {
    /**
     * Enters a batch on a page and answers its place in the page's log, and the claims of the batches from `from` up to and
     * with its own. Entering it again gives the same answer.
     */
    enter: async (entry: Entry, from: number): Promise<{ place: number; claims: Uint8Array[] }> => {
      await putClaims(store, entry);
      const log = await appendToLog(store, entry);
      const place = log.indexOf(entry.batch);
      return { place, claims: await readClaims(store, entry.page, log.slice(from, place + 1)) };
    },
  };
}

async function putClaims({ client, table }: Store, { page, batch, claims, expires }: Entry): Promise<void> {
  const Item = { ...claimsKey(page, batch), c: { B: claims }, expires: { N: String(expires) } };
  await client.send(new PutItemCommand({ TableName: table, Item }));
}

/** Puts the batch at the end of the page's log unless it is there, and answers the log. */
async function appendToLog({ client, table }: Store, { page, batch, expires }: Entry): Promise<string[]> {
  const Key = { pk: { S: `requests#${page}` }, sk: { S: "log" } };
  try {
    const { Attributes } = await client.send(
      new UpdateItemCommand({
        TableName: table,
        Key,
        UpdateExpression: "SET batches = list_append(if_not_exists(batches, :none), :one), expires = :expires",
        ConditionExpression: "attribute_not_exists(batches) OR NOT contains(batches, :batch)",
        ExpressionAttributeValues: {
          ":none": { L: [] },
          ":one": { L: [{ S: batch }] },
          ":batch": { S: batch },
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
}

function namesIn(item: Item | undefined): string[] {
  return (item?.batches?.L ?? []).map((name) => name.S ?? "");
}

/** The claims of batches on a page, in the order of their names. */
async function readClaims(store: Store, page: string, batches: readonly string[]): Promise<Uint8Array[]> {
  const items = await getItems(
    store,
    batches.map((batch) => claimsKey(page, batch)),
  );
  const found = new Map(items.map(({ sk, c }) => [sk?.S, c?.B]));
  return batches.map((batch) => found.get(claimsKey(page, batch).sk.S) ?? new Uint8Array());
}

function claimsKey(page: string, batch: string) {
  return { pk: { S: `requests#${page}` }, sk: { S: `claims#${batch}` } };
}
