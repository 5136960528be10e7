/** What the local DynamoDB adds to its engine: storage, faults, expiry. What callers rely on is in test/contract. */
import { randomBytes } from "node:crypto";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { runOperation } from "../../../local/dynamodb/engine.ts";
import { sweepExpired } from "../../../local/dynamodb/expiry.ts";
import { type DynamoDb, startDynamoDb, type TableDescription } from "../../../local/dynamodb/service.ts";
import { openStore } from "../../../local/dynamodb/store.ts";
import { createFaults } from "../../../local/faults.ts";
import { createTroubles } from "../../../local/troubles.ts";

const TableName = "daymark-test";
const table: TableDescription = {
  TableName,
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
};
const { TimeToLiveSpecification: _none, ...tableSchema } = table;
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: "0" } });
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-dynamodb-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(home, { recursive: true, force: true });
});

type Output = {
  Item?: Record<string, unknown>;
  Items?: object[];
  TimeToLiveDescription?: object;
  Table?: { TableStatus: string };
};
const call = (dynamoDb: DynamoDb, name: string, input: object) =>
  dynamoDb.service.operations[name]?.({ TableName, ...input }) as Promise<Output>;
const add = (dynamoDb: DynamoDb, pk: string, n = 1) =>
  call(dynamoDb, "UpdateItem", {
    Key: key(pk),
    UpdateExpression: "ADD n :n",
    ExpressionAttributeValues: { ":n": { N: String(n) } },
  });
const read = async (dynamoDb: DynamoDb, pk: string) => (await call(dynamoDb, "GetItem", { Key: key(pk) })).Item;

test("items outlive a restart", async () => {
  {
    await using dynamoDb = await startDynamoDb({ home, tables: [table] });
    await add(dynamoDb, "a", 5);
  }
  await using dynamoDb = await startDynamoDb({ home, tables: [table] });
  await add(dynamoDb, "a", 2);
  expect(await read(dynamoDb, "a")).toEqual({ ...key("a"), n: { N: "7" } });
});

test("a second process is told that the data is in use", async () => {
  await using _ = await startDynamoDb({ home, tables: [table] });
  await expect(startDynamoDb({ home, tables: [table] })).rejects.toThrow("another Daymark is using it");
});

test("a table is ready when it has started, and says how its items expire", async () => {
  await using dynamoDb = await startDynamoDb({ home, tables: [table] });
  expect((await call(dynamoDb, "DescribeTable", {})).Table?.TableStatus).toBe("ACTIVE");
  expect((await call(dynamoDb, "DescribeTimeToLive", {})).TimeToLiveDescription).toEqual({
    TimeToLiveStatus: "ENABLED",
    AttributeName: "expires",
  });
});

describe("an expression that is used again", () => {
  let dynamoDb: DynamoDb;
  beforeEach(async () => {
    dynamoDb = await startDynamoDb({ home, tables: [table] });
  });
  afterEach(() => dynamoDb[Symbol.asyncDispose]());
  const set = (pk: string, values: object, names: object, expression = "SET #a = :v") =>
    call(dynamoDb, "UpdateItem", {
      Key: key(pk),
      UpdateExpression: expression,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
    });

  test("takes the values, types and names of its own request", async () => {
    await set("a", { ":v": { S: "1" } }, { "#a": "x" });
    await set("b", { ":v": { S: "2" } }, { "#a": "x" });
    await set("c", { ":v": { N: "3" } }, { "#a": "x" });
    await set("d", { ":v": { S: "4" } }, { "#a": "y" });
    await set("e", { ":v": { L: [{ S: "5" }] } }, { "#a": "constructor" });
    const items = await Promise.all(["a", "b", "c", "d"].map((pk) => read(dynamoDb, pk)));
    expect(items.map((item) => Object.fromEntries(Object.entries(item ?? {}).slice(2)))).toEqual([
      { x: { S: "1" } },
      { x: { S: "2" } },
      { x: { N: "3" } },
      { y: { S: "4" } },
    ]);
    expect(Object.entries((await read(dynamoDb, "e")) ?? {})).toContainEqual(["constructor", { L: [{ S: "5" }] }]);
  });

  test("is refused for its own mistakes", async () => {
    await set("a", { ":v": { S: "1" } }, { "#a": "x" });
    await expect(set("a", { ":v": { S: "1" }, ":w": { S: "2" } }, { "#a": "x" })).rejects.toThrow("unused");
    await expect(set("a", { ":v": { S: "1" } }, { "#a": "x", "#b": "y" })).rejects.toThrow("unused");
    await expect(set("a", { ":w": { S: "1" } }, { "#a": "x" })).rejects.toThrow(":v");
    await expect(set("a", { ":v": { S: "1" } }, { "#a": "pk" })).rejects.toThrow("part of the key");
  });

  test("is evaluated against each item afresh", async () => {
    const grow = (pk: string, id: string) =>
      set(
        pk,
        { ":none": { L: [] }, ":v": { L: [{ S: id }] } },
        { "#a": "x" },
        "SET #a = list_append(if_not_exists(#a, :none), :v)",
      );
    for (const id of ["1", "2"]) await grow("a", id);
    await grow("b", "3");
    expect((await read(dynamoDb, "a"))?.x).toEqual({ L: [{ S: "1" }, { S: "2" }] });
    expect((await read(dynamoDb, "b"))?.x).toEqual({ L: [{ S: "3" }] });
  });
});

describe("faults", () => {
  test("before an operation nothing is written, after it everything is", async () => {
    const faults = createFaults();
    await using dynamoDb = await startDynamoDb({ home, tables: [table], faults });
    const where = { operation: "UpdateItem", pk: "a" };
    const code = "ProvisionedThroughputExceededException";
    faults.set([{ point: "dynamodb.before", action: "error", code, status: 400, where }]);
    await expect(add(dynamoDb, "a")).rejects.toMatchObject({ code, status: 400 });
    await add(dynamoDb, "other");
    faults.set([{ point: "dynamodb.after", action: "error", code: "ConnectionLost", where }]);
    await expect(add(dynamoDb, "a")).rejects.toMatchObject({ code: "ConnectionLost" });
    faults.set([]);
    expect((await read(dynamoDb, "a"))?.n).toEqual({ N: "1" });
  });
});

describe("expired items", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  const seconds = now.getTime() / 1000;
  const put = (dynamoDb: DynamoDb, pk: string, expires?: object) =>
    call(dynamoDb, "PutItem", { Item: { ...key(pk), ...(expires && { expires }) } });

  test("are deleted more than an hour later, others stay", async () => {
    vi.useFakeTimers({ now, toFake: ["Date"] });
    {
      await using dynamoDb = await startDynamoDb({ home, tables: [table] });
      for (let i = 0; i < 1200; i++) await put(dynamoDb, `old${i}`, { N: String(seconds - 3_601) });
      await put(dynamoDb, "just", { N: String(seconds - 3_599) });
      await put(dynamoDb, "later", { N: String(seconds + 60) });
      await put(dynamoDb, "never");
      // DynamoDB ignores an attribute that is not a number.
      await put(dynamoDb, "text", { S: "1" });
    }
    await using store = await openStore(join(home, "dynamodb"));
    expect(await sweepExpired(store, { table, attribute: "expires" })).toBe(1200);
    const left = await store.db
      .iterator({ gte: `item-${TableName}~`, lt: `item-${TableName}~\xff`, valueEncoding: "utf8" })
      .nextv(100);
    expect(left).toHaveLength(4);
  });

  test("are swept while the service runs, and stopping does not wait for the next sweep", async () => {
    await using dynamoDb = await startDynamoDb({ home, tables: [table], sweepEveryMs: 20 });
    await put(dynamoDb, "old", { N: "1000000000" });
    await vi.waitFor(async () => expect(await read(dynamoDb, "old")).toBeUndefined(), 30_000);
  });
});

test("what LevelDB leaves out of a log in which a bit has flipped is told, and an undamaged one says nothing", async () => {
  const copy = join(home, "copy", "dynamodb");
  {
    await using dynamoDb = await startDynamoDb({ home, tables: [table] });
    for (let i = 0; i < 50; i++) await dynamoDb.service.operations.PutItem?.({ TableName, Item: key(`item ${i}`) });
    // As a crash leaves it.
    await cp(join(home, "dynamodb"), copy, { recursive: true });
  }
  const open = async () => {
    const said: string[] = [];
    const troubles = createTroubles((message) => said.push(message));
    await using _ = await startDynamoDb({ home: join(home, "copy"), tables: [table], troubles });
    return said;
  };
  const log = join(copy, (await readdir(copy)).find((name) => name.endsWith(".log")) ?? "");
  const bytes = await readFile(log);
  const middle = bytes.length >> 1;
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  await writeFile(log, bytes);
  expect(await open()).toEqual([expect.stringMatching(/\.log has lost \d+ bytes \(Corruption: checksum mismatch\)/)]);
  expect(await open()).toEqual([]);
});

test("no bit that flips in a table of LevelDB changes an item: it counts as missing, which is told, and the others stay", async () => {
  const written = Array.from({ length: 40 }, (_, i) => ({
    ...key(`item ${i}`),
    x: { S: randomBytes(1500).toString("hex") },
  }));
  {
    await using dynamoDb = await startDynamoDb({ home, tables: [table] });
    for (const Item of written) await dynamoDb.service.operations.PutItem?.({ TableName, Item });
  }
  // LevelDB makes a table of its log when it is opened again.
  await (await startDynamoDb({ home, tables: [table] }))[Symbol.asyncDispose]();
  const folder = join(home, "dynamodb");
  const [name = ""] = (await readdir(folder)).filter((file) => file.endsWith(".ldb"));
  const bytes = await readFile(join(folder, name));
  const first = bytes.indexOf("item 0");
  const told: string[] = [];
  for (let at = first; at < bytes.length * 0.8; at += 2003) {
    const copy = join(home, `copy ${at}`);
    await cp(folder, join(copy, "dynamodb"), { recursive: true });
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
    await writeFile(join(copy, "dynamodb", name), flipped);
    const said: string[] = [];
    const troubles = createTroubles((message) => said.push(message));
    await using dynamoDb = await startDynamoDb({ home: copy, tables: [table], troubles });
    const { Items = [] } = await call(dynamoDb, "Scan", {});
    for (const item of Items) expect(written).toContainEqual(item);
    for (const { pk } of written) {
      const item = await read(dynamoDb, pk.S);
      if (item !== undefined) expect(written).toContainEqual(item);
    }
    expect(Items.length).toBeGreaterThan(30);
    expect(said.length > 0).toBe(Items.length < written.length);
    told.push(...said);
  }
  expect(told).toContainEqual(
    expect.stringMatching(/the item .+ has lost \d+ bytes \(RangeError: its checksum is wrong\)/),
  );
}, 60_000);

test("items that are asked for together take one look at their table", async () => {
  await using store = await openStore(join(home, "dynamodb"));
  await runOperation(store, "createTable", { ...tableSchema, BillingMode: "PAY_PER_REQUEST" });
  await vi.waitFor(() => runOperation(store, "putItem", { TableName, Item: key("a") }), 30_000);
  const reads = vi.spyOn(store.db, "getSync");
  const Keys = ["a", "b", "c"].map(key);
  const got = () =>
    runOperation(store, "batchGetItem", { RequestItems: { [TableName]: { Keys: structuredClone(Keys) } } });
  expect(await got()).toMatchObject({ Responses: { [TableName]: [key("a")] } });
  expect(reads).toHaveBeenCalledTimes(1 + Keys.length);
  await new Promise(setImmediate);
  await runOperation(store, "deleteTable", { TableName });
  await vi.waitFor(() => expect(got()).rejects.toMatchObject({ code: "ResourceNotFoundException" }), 30_000);
});

test("a store that is closed writes nothing more and stays closed", async () => {
  const path = join(home, "dynamodb");
  {
    await using store = await openStore(path);
    await runOperation(store, "createTable", { ...tableSchema, BillingMode: "PAY_PER_REQUEST" });
    await vi.waitFor(() => runOperation(store, "putItem", { TableName, Item: key("a") }), 30_000);
    // Its last write happens in a later turn of the event loop.
    await runOperation(store, "deleteTable", { TableName });
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  await using _ = await openStore(path);
});
