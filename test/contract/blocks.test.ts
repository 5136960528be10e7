/**
 * What blocks and the request ledger promise, on the local DynamoDB or on the endpoint that DAYMARK_CONTRACT_ENDPOINT
 * names (a table is made there and deleted afterwards).
 */

import { randomUUID } from "node:crypto";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import { itemId } from "../../src/table/blocks/block-store.ts";
import { createBlocks } from "../../src/table/blocks/stored-blocks.ts";
import { createRequestLedger } from "../../src/table/request-ledger.ts";
import type { Table } from "../../src/table/table.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";

type TestTable = { store: Table } & AsyncDisposable;

let table: TestTable;
beforeAll(async () => {
  const endpoint = process.env.DAYMARK_CONTRACT_ENDPOINT;
  table = endpoint === undefined ? await startTable() : await makeTable(endpoint);
}, 120_000);
afterAll(() => table[Symbol.asyncDispose]());

async function makeTable(endpoint: string): Promise<TestTable> {
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
  return { store: createTable({ client, table: TableName }), [Symbol.asyncDispose]: dispose };
}

describe("blocks", () => {
  const item = (sk: string, text: string) => ({
    day: randomUUID(),
    sk,
    body: Buffer.from(text),
    expires: 4_000_000_000,
  });

  it("are written once, by whoever comes first", async () => {
    const blocks = createBlocks(table.store);
    const block = item("0a", "first");
    const tries = await Promise.all([1, 2, 3].map((n) => blocks.putOnce({ ...block, body: Buffer.from(`${n}`) })));
    expect(tries.filter((isFirst) => isFirst)).toHaveLength(1);
    const kept = await blocks.get([block], true);
    expect(await blocks.putOnce(block)).toBe(false);
    expect(await blocks.get([block], true)).toEqual(kept);
  });

  it("are read by key, more than one call can give, and what is not there is left out", async () => {
    const blocks = createBlocks(table.store);
    const { day } = item("", "");
    const keys = Array.from({ length: 230 }, (_, i) => ({ day, sk: `0${i}` }));
    for (const { sk } of keys.slice(0, 228)) await blocks.put({ ...item(sk, sk), day });
    const found = await blocks.get(keys, true);
    expect([...found.keys()].sort()).toEqual(keys.slice(0, 228).map(itemId).sort());
    expect(Buffer.from(found.get(`${day} 0227`) ?? "").toString()).toBe("0227");
    expect((await blocks.get([], false)).size).toBe(0);
  });
});

describe("the request ledger", () => {
  const expires = 4_000_000_000;

  it("gives every batch one place, the same each time and for everybody", async () => {
    const [page, ledger, names] = [randomUUID(), createRequestLedger(table.store), ["a", "b", "c", "d", "e"]];
    const first = await Promise.all(names.map((name) => ledger.enter(page, name, expires)));
    const again = await Promise.all(names.map((name) => ledger.enter(page, name, expires)));
    const [order = []] = again;
    expect(again).toEqual(names.map(() => order));
    expect([...order].sort()).toEqual(names);
    for (const log of first) expect(log).toEqual(order.slice(0, log.length));
    for (const [i, name] of names.entries()) expect(first[i]).toContain(name);
  });

  it("takes no more batches on a page than fit, for ever, and says which those are", async () => {
    const [page, ledger] = [randomUUID(), createRequestLedger(table.store, 2)];
    for (const name of ["a", "b"]) await ledger.enter(page, name, expires);
    expect(await ledger.enter(page, "c", expires)).toEqual(["a", "b"]);
    expect(await ledger.enter(page, "a", expires)).toEqual(["a", "b"]);
  });

  it("gives claims in the order that they are asked for, nothing for what it has not, and more than one call can give", async () => {
    const [run, ledger] = [randomUUID(), createRequestLedger(table.store)];
    const names = Array.from({ length: 120 }, (_, i) => `${run} ${i}`);
    for (const name of names) await ledger.putClaims(name, Buffer.from(name), expires);
    const claims = await ledger.claims([...names.toReversed(), "nobody"]);
    expect(claims.map((bytes) => Buffer.from(bytes).toString())).toEqual([...names.toReversed(), ""]);
  });
});
