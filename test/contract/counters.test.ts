/**
 * What the counters and the request ledger promise, on the local DynamoDB or on the endpoint that DAYMARK_CONTRACT_ENDPOINT
 * names (a table is made there and deleted afterwards).
 */
import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCounters } from "../../src/aws/counters.ts";
import { createRequestLedger } from "../../src/aws/request-ledger.ts";
import type { CounterWrite } from "../../src/pipeline/counter-keys.ts";
import { startTable } from "../aws/local-table.ts";

type Table = { client: DynamoDBClient; table: string } & AsyncDisposable;

let table: Table;
beforeAll(async () => {
  const endpoint = process.env.DAYMARK_CONTRACT_ENDPOINT;
  table = endpoint === undefined ? await startTable() : await makeTable(endpoint);
}, 120_000);
afterAll(() => table[Symbol.asyncDispose]());

async function makeTable(endpoint: string): Promise<Table> {
  const client = new DynamoDBClient({ endpoint });
  const TableName = `daymark-contract-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["pk", "sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60 }, { TableName });
  const dispose = async () => void (await client.send(new DeleteTableCommand({ TableName })));
  return { client, table: TableName, [Symbol.asyncDispose]: dispose };
}

const source = (id: string, slot = 100) => ({ id, slot, expires: 4_000_000_000 });
const add = (pk: string, sk: string, n: bigint): CounterWrite => ({ key: { pk, sk }, add: n });

describe("counters", () => {
  it("take a batch once, and the next one too", async () => {
    const pk = randomUUID();
    const counters = createCounters(table);
    for (const id of ["one", "one", "two", "one"]) await counters.apply([add(pk, "#a#0", 5n)], source(id));
    expect(await counters.read(pk, "#a#")).toEqual([{ sk: "#a#0", value: 10n }]);
  });

  it("take a batch once when it is applied many times at the same time", async () => {
    const pk = randomUUID();
    const counters = createCounters(table);
    const writes = Array.from({ length: 40 }, (_, i) => add(pk, `#${i}#0`, 1n));
    await Promise.all(["a", "a", "b", "a", "b", "c"].map((id) => counters.apply(writes, source(id))));
    expect((await counters.read(pk, "#")).map(({ value }) => value)).toEqual(writes.map(() => 3n));
  });

  it("remember the batches of the half hour before, and forget older ones", async () => {
    const pk = randomUUID();
    const counters = createCounters(table);
    for (const [id, slot] of [
      ["a", 1],
      ["b", 2],
      ["a", 1],
      ["b", 2],
      ["c", 3],
      ["b", 2],
    ] as const) {
      await counters.apply([add(pk, "#k#0", 1n)], source(id, slot));
    }
    expect((await counters.read(pk, "#k#"))[0]?.value).toBe(3n);
    const key = { pk: { S: pk }, sk: { S: "#k#0" } };
    const { Item } = await table.client.send(
      new GetItemCommand({ TableName: table.table, Key: key, ConsistentRead: true }),
    );
    expect(Object.keys(Item ?? {}).sort()).toEqual(["expires", "n", "pk", "seen_2", "seen_3", "sk"]);
  });

  it("keep sums past 2^63 exact, negative ones too", async () => {
    const pk = randomUUID();
    const counters = createCounters(table);
    const large = 2n ** 62n;
    for (const [i, n] of [large, large, large, -1n].entries())
      await counters.apply([add(pk, "#k#0", n)], source(`${i}`));
    expect((await counters.read(pk, "#k#"))[0]?.value).toBe(3n * large - 1n);
  });

  it("raise bytes without losing what others raised at the same time", async () => {
    const pk = randomUUID();
    const counters = createCounters(table);
    const raise = (bit: number): CounterWrite => ({
      key: { pk, sk: "#k#0" },
      raise: (known) => (((known?.[0] ?? 0) & bit) === 0 ? Uint8Array.of((known?.[0] ?? 0) | bit) : undefined),
    });
    await Promise.all([1, 2, 4, 8, 16, 1, 2].map((bit) => counters.apply([raise(bit)], source("x"))));
    expect((await counters.read(pk, "#k#"))[0]?.value).toEqual(Uint8Array.of(31));
  });

  it("are read by prefix and by range, all pages", async () => {
    const pk = randomUUID();
    const counters = createCounters(table);
    const names = Array.from({ length: 30 }, (_, i) => `t${String(i).padStart(2, "0")}`);
    await counters.apply(
      names.map((name) => add(pk, `${name}##0`, 1n)),
      source("x"),
    );
    expect((await counters.read(pk, "t1")).map(({ sk }) => sk.slice(0, 3))).toEqual(names.slice(10, 20));
    expect((await counters.readRange(pk, "t05", "t08")).map(({ sk }) => sk.slice(0, 3))).toEqual(["t05", "t06", "t07"]);
    expect(await counters.read(randomUUID(), "t")).toEqual([]);
  });
});

describe("the request ledger", () => {
  const entry = (page: string, batch: string) => ({ page, batch, claims: Buffer.from(batch), expires: 4_000_000_000 });

  it("gives every batch one place, the same each time, and the claims before it", async () => {
    const page = randomUUID();
    const ledger = createRequestLedger(table);
    const names = ["a", "b", "c", "d", "e"];
    const first = await Promise.all(names.map((name) => ledger.enter(entry(page, name), 0)));
    expect(first.map(({ place }) => place).sort()).toEqual([0, 1, 2, 3, 4]);
    const again = await Promise.all(names.map((name) => ledger.enter(entry(page, name), 0)));
    expect(again).toEqual(first);
    const order = names.toSorted(
      (a, b) => (first[names.indexOf(a)]?.place ?? 0) - (first[names.indexOf(b)]?.place ?? 0),
    );
    for (const { place, claims } of first) {
      expect(claims.map((bytes) => Buffer.from(bytes).toString())).toEqual(order.slice(0, place + 1));
    }
  });

  it("gives only the claims that are not known yet", async () => {
    const page = randomUUID();
    const ledger = createRequestLedger(table);
    for (const name of ["a", "b"]) await ledger.enter(entry(page, name), 0);
    const { place, claims } = await ledger.enter(entry(page, "c"), 2);
    expect([place, claims.map((bytes) => Buffer.from(bytes).toString())]).toEqual([2, ["c"]]);
    expect((await ledger.enter(entry(page, "a"), 3)).claims).toEqual([]);
  });

  it("reads more claims than one call can give", async () => {
    const page = randomUUID();
    const ledger = createRequestLedger(table);
    for (let i = 0; i < 120; i++) await ledger.enter(entry(page, `b${i}`), i);
    const { claims } = await ledger.enter(entry(page, "last"), 0);
    expect(claims.map((bytes) => Buffer.from(bytes).toString())).toEqual([
      ...Array.from({ length: 120 }, (_, i) => `b${i}`),
      "last",
    ]);
  });
});
