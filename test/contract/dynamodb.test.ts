/**
 * What Daymark relies on in DynamoDB, through the SDK. Runs against the local engine, or against the endpoint that
 * DAYMARK_CONTRACT_ENDPOINT names (a table is made there and deleted afterwards).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import { startAwsEndpoint } from "../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../local/faults.ts";

const TableName = `daymark-contract-${Date.now()}`;
const schema = {
  TableName,
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" as const },
    { AttributeName: "sk", AttributeType: "S" as const },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ],
};
const stack = new AsyncDisposableStack();
let client: DynamoDBClient;
let next = 0;

beforeAll(async () => {
  const given = process.env.DAYMARK_CONTRACT_ENDPOINT;
  const endpoint = given ?? (await startLocal());
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new DynamoDBClient(given ? { endpoint } : { endpoint, region: "us-east-1", credentials });
  stack.defer(() => client.destroy());
  if (!given) return;
  await client.send(new CreateTableCommand({ ...schema, BillingMode: "PAY_PER_REQUEST" }));
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });
  stack.defer(async () => void (await client.send(new DeleteTableCommand({ TableName }))));
});

afterAll(() => stack.disposeAsync());

async function startLocal(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "daymark-dynamodb-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const dynamodb = stack.use(await startDynamoDb({ home, tables: [schema] }));
  const endpoint = stack.use(
    await startAwsEndpoint({
      port: 0,
      services: [dynamodb.service],
      invoke: async () => ({ payload: null }),
      faults: createFaults(),
    }),
  );
  return endpoint.url;
}

const newKey = () => ({ pk: { S: `k${next++}` }, sk: { S: "0" } });
type Key = ReturnType<typeof newKey>;
const read = async (Key: Key) => (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
const update = (Key: Key, rest: Omit<UpdateItemCommandInput, "TableName" | "Key">) =>
  client.send(new UpdateItemCommand({ TableName, Key, ...rest }));

/** The increment of a counter, as the stream makes it. */
function increment(Key: Key, batch: string, n = 1) {
  return update(Key, {
    UpdateExpression: "ADD n :n, seen_2 :set SET expires = :e REMOVE seen_0",
    ConditionExpression: "attribute_not_exists(seen_2) OR NOT contains(seen_2, :batch)",
    ExpressionAttributeValues: {
      ":n": { N: String(n) },
      ":set": { SS: [batch] },
      ":batch": { S: batch },
      ":e": { N: "1999999999" },
    },
  });
}

test("an increment counts once when its batch is applied twice", async () => {
  const key = newKey();
  await increment(key, "a", 2);
  await expect(increment(key, "a", 2)).rejects.toBeInstanceOf(ConditionalCheckFailedException);
  await increment(key, "b", 3);
  const item = await read(key);
  expect(item).toMatchObject({ n: { N: "5" }, expires: { N: "1999999999" } });
  expect(item?.seen_2?.SS?.toSorted()).toEqual(["a", "b"]);
});

test("an increment counts once when twenty repeats of it race", async () => {
  const key = newKey();
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => increment(key, "same")));
  expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect((await read(key))?.n).toEqual({ N: "1" });
});

test("increments of different batches all count when they race", async () => {
  const key = newKey();
  await Promise.all(Array.from({ length: 100 }, (_, i) => increment(key, `b${i}`, i)));
  expect((await read(key))?.n).toEqual({ N: "4950" });
});

test("a set attribute disappears when REMOVE names it, and when its last member is deleted", async () => {
  const key = newKey();
  await update(key, { UpdateExpression: "ADD seen_0 :s, o :s", ExpressionAttributeValues: { ":s": { SS: ["x"] } } });
  await increment(key, "a");
  expect((await read(key))?.seen_0).toBeUndefined();
  await update(key, { UpdateExpression: "DELETE o :s", ExpressionAttributeValues: { ":s": { SS: ["x"] } } });
  expect(Object.keys((await read(key)) ?? {}).sort()).toEqual(["expires", "n", "pk", "seen_2", "sk"]);
});

test("a list grows from nothing when list_append falls back to an empty one", async () => {
  const key = newKey();
  for (const id of ["one", "two"])
    await update(key, {
      UpdateExpression: "SET batches = list_append(if_not_exists(batches, :none), :more)",
      ExpressionAttributeValues: { ":none": { L: [] }, ":more": { L: [{ S: id }] } },
    });
  expect((await read(key))?.batches).toEqual({ L: [{ S: "one" }, { S: "two" }] });
});

test("binary values come back byte for byte", async () => {
  const key = newKey();
  const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7) % 256);
  await client.send(new PutItemCommand({ TableName, Item: { ...key, s: { B: bytes }, v: { N: "1" } } }));
  expect(Buffer.from((await read(key))?.s?.B ?? [])).toEqual(Buffer.from(bytes));
});

test("a write with a stale version is refused and shows the item when asked to", async () => {
  const key = newKey();
  await client.send(new PutItemCommand({ TableName, Item: { ...key, v: { N: "2" } } }));
  const stale = client.send(
    new PutItemCommand({
      TableName,
      Item: { ...key, v: { N: "2" } },
      ConditionExpression: "attribute_not_exists(pk) OR v = :v",
      ExpressionAttributeValues: { ":v": { N: "1" } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    }),
  );
  await expect(stale).rejects.toMatchObject({ name: "ConditionalCheckFailedException", Item: { v: { N: "2" } } });
});

test("UPDATED_NEW and ALL_OLD return what they promise", async () => {
  const key = newKey();
  const add = (ReturnValues: "UPDATED_NEW" | "ALL_OLD") =>
    update(key, { UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": { N: "4" } }, ReturnValues });
  expect((await add("UPDATED_NEW")).Attributes).toEqual({ n: { N: "4" } });
  expect((await add("ALL_OLD")).Attributes).toEqual({ ...key, n: { N: "4" } });
});

test("a query pages through a partition in key order and by prefix", async () => {
  const pk = { S: `query${next++}` };
  const sks = ["app#a#0", "app#b#0", "app+path#a#0", "app#ü#0", "app#c'\"\n#0", "#"];
  await Promise.all(
    sks.map((sk) => client.send(new PutItemCommand({ TableName, Item: { pk, sk: { S: sk }, n: { N: "1" } } }))),
  );
  const query = async (prefix: string, Limit: number) => {
    const found: (string | undefined)[] = [];
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await client.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
          ExpressionAttributeValues: { ":pk": pk, ":prefix": { S: prefix } },
          ConsistentRead: true,
          Limit,
          ExclusiveStartKey: start,
        }),
      );
      found.push(...(page.Items ?? []).map((item) => item.sk?.S));
      start = page.LastEvaluatedKey;
    } while (start);
    return found;
  };
  const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const limit of [1, 2, 100]) {
    expect(await query("app#", limit)).toEqual(sks.filter((sk) => sk.startsWith("app#")).sort(byBytes));
    expect(await query("#", limit)).toEqual(["#"]);
  }
});

test.each(["begins_with(sk, :sk)", "sk = :sk", "sk >= :sk", "sk BETWEEN :sk AND :pk"])(
  "a query is refused when its condition is %s of nothing",
  async (condition) => {
    const query = new QueryCommand({
      TableName,
      KeyConditionExpression: `pk = :pk AND ${condition}`,
      ExpressionAttributeValues: { ":pk": { S: "query" }, ":sk": { S: "" } },
    });
    await expect(client.send(query)).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringContaining("cannot contain an empty string value. Key: sk"),
    });
  },
);

test("a query returns the latest first and only the attributes asked for", async () => {
  const pk = { S: `reverse${next++}` };
  for (const day of ["2026-11-20", "2026-11-21", "2026-11-22"])
    await client.send(new PutItemCommand({ TableName, Item: { pk, sk: { S: day }, n: { N: "1" }, k: { S: "x" } } }));
  const { Items } = await client.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :a AND :b",
      ExpressionAttributeNames: { "#n": "n" },
      ExpressionAttributeValues: { ":pk": pk, ":a": { S: "2026-11-21" }, ":b": { S: "2026-11-30" } },
      ProjectionExpression: "sk, #n",
      ScanIndexForward: false,
    }),
  );
  expect(Items).toEqual([
    { sk: { S: "2026-11-22" }, n: { N: "1" } },
    { sk: { S: "2026-11-21" }, n: { N: "1" } },
  ]);
});

test("a transaction writes all its items", async () => {
  const [day, state] = [newKey(), newKey()];
  await client.send(new PutItemCommand({ TableName, Item: { ...day, seen: { N: "7" } } }));
  await client.send(new PutItemCommand({ TableName, Item: { ...state, open: { SS: ["d1", "d2"] } } }));
  await client.send(new TransactWriteItemsCommand({ TransactItems: seal(day, state, 7) }));
  expect(await read(day)).toMatchObject({ sealed_rows: { N: "7" } });
  expect((await read(state))?.open).toEqual({ SS: ["d2"] });
});

test("a transaction writes nothing when one condition fails, and says which", async () => {
  const [day, state] = [newKey(), newKey()];
  await client.send(new PutItemCommand({ TableName, Item: { ...day, seen: { N: "8" } } }));
  await client.send(new PutItemCommand({ TableName, Item: { ...state, open: { SS: ["d1"] } } }));
  const failed = client.send(new TransactWriteItemsCommand({ TransactItems: seal(day, state, 7) }));
  const error = await failed.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TransactionCanceledException);
  expect(error).toMatchObject({ CancellationReasons: [{ Code: "ConditionalCheckFailed" }, { Code: "None" }] });
  expect(await read(day)).toEqual({ ...day, seen: { N: "8" } });
  expect((await read(state))?.open).toEqual({ SS: ["d1"] });
});

/** What the batch does when it seals day d1. */
function seal(day: Key, state: Key, seen: number) {
  return [
    {
      Update: {
        TableName,
        Key: day,
        UpdateExpression: "SET sealed_rows = :seen",
        ConditionExpression: "seen = :seen",
        ExpressionAttributeValues: { ":seen": { N: String(seen) } },
      },
    },
    {
      Update: {
        TableName,
        Key: state,
        UpdateExpression: "DELETE #o :d",
        ExpressionAttributeNames: { "#o": "open" },
        ExpressionAttributeValues: { ":d": { SS: ["d1"] } },
      },
    },
  ];
}

test("a transaction puts, deletes and checks", async () => {
  const [put, gone, checked] = [newKey(), newKey(), newKey()];
  await client.send(new PutItemCommand({ TableName, Item: { ...gone } }));
  const run = () =>
    client.send(
      new TransactWriteItemsCommand({
        TransactItems: [
          { Put: { TableName, Item: { ...put, n: { N: "1" } }, ConditionExpression: "attribute_not_exists(pk)" } },
          { Delete: { TableName, Key: gone } },
          { ConditionCheck: { TableName, Key: checked, ConditionExpression: "attribute_exists(pk)" } },
        ],
      }),
    );
  await expect(run()).rejects.toThrow("[None, None, ConditionalCheckFailed]");
  expect(await read(gone)).toBeDefined();
  await client.send(new PutItemCommand({ TableName, Item: { ...checked } }));
  await run();
  expect([await read(put), await read(gone)]).toEqual([{ ...put, n: { N: "1" } }, undefined]);
  await expect(run()).rejects.toThrow("[ConditionalCheckFailed, None, None]");
});

test("a transaction with the same token happens once", async () => {
  const key = newKey();
  const add = (n: number) =>
    new TransactWriteItemsCommand({
      ClientRequestToken: `token-${key.pk.S}-${TableName}`.slice(0, 36),
      TransactItems: [
        {
          Update: {
            TableName,
            Key: key,
            UpdateExpression: "ADD n :n",
            ExpressionAttributeValues: { ":n": { N: String(n) } },
          },
        },
      ],
    });
  await client.send(add(5));
  await client.send(add(5));
  expect((await read(key))?.n).toEqual({ N: "5" });
  await expect(client.send(add(6))).rejects.toMatchObject({ name: "IdempotentParameterMismatchException" });
});

test("a transaction is refused if it names an item twice or a table that does not exist", async () => {
  const item = { Delete: { TableName, Key: newKey() } };
  await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [item, item] }))).rejects.toThrow(
    "Transaction request cannot include multiple operations on one item",
  );
  const elsewhere = { Delete: { TableName: "daymark-nowhere", Key: newKey() } };
  await expect(client.send(new TransactWriteItemsCommand({ TransactItems: [elsewhere] }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("no increment is lost when transactions and plain updates race for the same items", async () => {
  const [a, b] = [newKey(), newKey()];
  const add = (Key: Key) => ({
    Update: { TableName, Key, UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": { N: "1" } } },
  });
  const both = [a, b].toSorted(() => (next++ % 2 ? 1 : -1)).map(add);
  const untilDone = async (run: () => Promise<unknown>): Promise<void> => {
    // AWS answers a race between transactions with TransactionConflict; the local engine makes them wait for each
    // other.
    for (;;)
      if (
        await run()
          .then(() => true)
          .catch((error) => error.name !== "TransactionCanceledException" && Promise.reject(error))
      )
        return;
  };
  await Promise.all(
    Array.from({ length: 30 }, (_, i) =>
      untilDone(() =>
        i % 3 === 0
          ? update(a, { UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": { N: "1" } } })
          : client.send(new TransactWriteItemsCommand({ TransactItems: i % 2 ? both : both.toReversed() })),
      ),
    ),
  );
  const { Responses } = await client.send(
    new TransactGetItemsCommand({ TransactItems: [a, b].map((Key) => ({ Get: { TableName, Key } })) }),
  );
  expect(Responses?.map(({ Item }) => Item?.n?.N)).toEqual(["30", "20"]);
});

test("a number keeps 38 digits", async () => {
  const key = newKey();
  for (const n of ["99999999999999999999999999999999999998", "1"])
    await update(key, { UpdateExpression: "ADD n :n", ExpressionAttributeValues: { ":n": { N: n } } });
  expect((await read(key))?.n?.N).toBe("99999999999999999999999999999999999999");
});

test("an invalid expression, a wrong type and an unknown table are refused by name", async () => {
  const key = newKey();
  await expect(update(key, { UpdateExpression: "ADD n" })).rejects.toMatchObject({ name: "ValidationException" });
  await update(key, { UpdateExpression: "SET n = :n", ExpressionAttributeValues: { ":n": { S: "text" } } });
  await expect(increment(key, "a")).rejects.toMatchObject({ name: "ValidationException" });
  const elsewhere = new GetItemCommand({ TableName: "daymark-nowhere", Key: key });
  await expect(client.send(elsewhere)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});

test("a deleted item is gone from get and scan", async () => {
  const key = newKey();
  await client.send(new PutItemCommand({ TableName, Item: { ...key, marker: { S: "scan-me" } } }));
  const scan = async () =>
    (
      await client.send(
        new ScanCommand({
          TableName,
          FilterExpression: "marker = :m",
          ExpressionAttributeValues: { ":m": { S: "scan-me" } },
          ConsistentRead: true,
        }),
      )
    ).Count;
  expect(await scan()).toBe(1);
  await client.send(new DeleteItemCommand({ TableName, Key: key }));
  expect([await scan(), await read(key)]).toEqual([0, undefined]);
});
