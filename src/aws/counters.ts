/**
 * The speed layer's counters in DynamoDB. Applying a batch twice counts once: a sum remembers which batches it has taken, and a
 * sketch does not change when the same is merged again. Reads are strongly consistent.
 */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { CounterKey, CounterPart, CounterWrite } from "../pipeline/counter-keys.ts";
import { forEachLimited } from "./for-each-limited.ts";

/** The batch that writes come from: its content's name, its half hour, and when its counters may be forgotten (epoch seconds). */
export type Source = { id: string; slot: number; expires: number };

export type Counters = ReturnType<typeof createCounters>;

type Store = { client: DynamoDBClient; table: string };
type Raise = Extract<CounterWrite, { raise: unknown }>;

const WRITES_AT_ONCE = 32;
const RAISE_ATTEMPTS = 30;

/** Counters in a table. */
export function createCounters(store: Store) {
  return {
    /** Applies a batch's writes. Rejects when one of them could not be done; repeating the whole is safe. */
    apply: (writes: readonly CounterWrite[], source: Source): Promise<void> =>
      forEachLimited(writes, WRITES_AT_ONCE, (write) =>
        "add" in write ? add(store, write.key, write.add, source) : raise(store, write, source.expires),
      ),
    /** The counters of a partition whose sort keys start with `prefix`. */
    read: (pk: string, prefix: string): Promise<CounterPart[]> =>
      query(store, pk, "begins_with(sk, :a)", { ":a": { S: prefix } }),
    /** The counters of a partition whose sort keys lie between two texts, both included. */
    readRange: (pk: string, from: string, to: string): Promise<CounterPart[]> =>
      query(store, pk, "sk BETWEEN :a AND :b", { ":a": { S: from }, ":b": { S: to } }),
  };
}

/**
 * One plain write, no transaction. The condition makes a retry of the same batch a no-op. The set of the half hour before the
 * last is dropped in passing, so that an item remembers the batches of two half hours at most.
 */
async function add(
  { client, table }: Store,
  key: CounterKey,
  value: bigint,
  { id, slot, expires }: Source,
): Promise<void> {
  const long = key.longKey === undefined ? undefined : { S: key.longKey };
  const command = new UpdateItemCommand({
    TableName: table,
    Key: { pk: { S: key.pk }, sk: { S: key.sk } },
    UpdateExpression: `ADD n :n, #seen :batches SET expires = :expires${long === undefined ? "" : ", k = :k"} REMOVE #old`,
    ConditionExpression: "attribute_not_exists(#seen) OR NOT contains(#seen, :batch)",
    ExpressionAttributeNames: { "#seen": `seen_${slot}`, "#old": `seen_${slot - 2}` },
    ExpressionAttributeValues: {
      ":n": { N: value.toString() },
      ":batches": { SS: [id] },
      ":batch": { S: id },
      ":expires": { N: String(expires) },
      ...(long === undefined ? {} : { ":k": long }),
    },
  });
  await client.send(command).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
}

/** Writes an item's new bytes on condition that nobody else did since they were read. Most often there is nothing new. */
async function raise(store: Store, { key, raise }: Raise, expires: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const known = await readBytes(store, key);
    const bytes = raise(known?.bytes);
    if (bytes === undefined) return;
    try {
      return await writeBytes(store, key, { bytes, version: known?.version, expires });
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || attempt === RAISE_ATTEMPTS) throw error;
    }
  }
}

async function readBytes({ client, table }: Store, { pk, sk }: CounterKey) {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item?.s?.B === undefined ? undefined : { bytes: Item.s.B, version: Number(Item.v?.N ?? 0) };
}

type NewBytes = { bytes: Uint8Array; version: number | undefined; expires: number };

async function writeBytes(
  { client, table }: Store,
  key: CounterKey,
  { bytes, version, expires }: NewBytes,
): Promise<void> {
  const Item = {
    pk: { S: key.pk },
    sk: { S: key.sk },
    s: { B: bytes },
    v: { N: String((version ?? 0) + 1) },
    expires: { N: String(expires) },
    ...(key.longKey === undefined ? {} : { k: { S: key.longKey } }),
  };
  const condition =
    version === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "v = :v", ExpressionAttributeValues: { ":v": { N: String(version) } } };
  await client.send(new PutItemCommand({ TableName: table, Item, ...condition }));
}

/** All pages of a query, strongly consistent. */
async function query(
  { client, table }: Store,
  pk: string,
  condition: string,
  values: Record<string, { S: string }>,
): Promise<CounterPart[]> {
  const parts: CounterPart[] = [];
  let start: QueryCommandOutput["LastEvaluatedKey"];
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk AND ${condition}`,
        ExpressionAttributeValues: { ":pk": { S: pk }, ...values },
        ProjectionExpression: "sk, n, s, k",
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    parts.push(...(page.Items ?? []).map(toPart));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  return parts;
}

function toPart({ sk, n, s, k }: NonNullable<QueryCommandOutput["Items"]>[number]): CounterPart {
  const value = s?.B ?? BigInt(n?.N ?? 0);
  return { sk: sk?.S ?? "", value, ...(k?.S === undefined ? {} : { longKey: k.S }) };
}
