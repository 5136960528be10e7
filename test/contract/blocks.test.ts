/**
 * What blocks and the request ledger promise, on the local DynamoDB or on the endpoint that DAYMARK_CONTRACT_ENDPOINT
 * names (a table is made there and deleted afterwards).
 */
import { randomUUID } from "node:crypto";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBlocks } from "../../src/aws/blocks.ts";
import { createRequestLedger } from "../../src/aws/request-ledger.ts";
import { placeOf } from "../../src/table/block-store.ts";
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

describe("blocks", () => {
  const item = (sk: string, text: string) => ({
    day: randomUUID(),
    sk,
    body: Buffer.from(text),
    expires: 4_000_000_000,
  });

  it("are written once, by whoever comes first", async () => {
    const blocks = createBlocks(table);
    const block = item("0a", "first");
    const tries = await Promise.all([1, 2, 3].map((n) => blocks.putOnce({ ...block, body: Buffer.from(`${n}`) })));
    expect(tries.filter((isFirst) => isFirst)).toHaveLength(1);
    const kept = await blocks.get([block], true);
    expect(await blocks.putOnce(block)).toBe(false);
    expect(await blocks.get([block], true)).toEqual(kept);
  });

  it("are read by key, more than one call can give, and what is not there is left out", async () => {
    const blocks = createBlocks(table);
    const { day } = item("", "");
    const keys = Array.from({ length: 230 }, (_, i) => ({ day, sk: `0${i}` }));
    for (const { sk } of keys.slice(0, 228)) await blocks.put({ ...item(sk, sk), day });
    const found = await blocks.get(keys, true);
    expect([...found.keys()].sort()).toEqual(keys.slice(0, 228).map(placeOf).sort());
    expect(Buffer.from(found.get(`${day} 0227`) ?? "").toString()).toBe("0227");
    expect((await blocks.get([], false)).size).toBe(0);
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
