/**
 * Collect and the stream with a real table, for the fuzzer's aims for state: what a request writes there, item by item,
 * in the sizes that DynamoDB counts: names and values of attributes.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */

import { createTable } from "../../src/aws/dynamodb/table.ts";
import { silent } from "../silent-reporter.ts";
import "../faults/environment.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startDynamoDb } from "../../local/dynamodb/service.ts";
import type { AwsService } from "../../local/endpoint/aws-error.ts";
import { createFaults } from "../../local/faults.ts";
import { collect } from "../../src/collect/collect.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { createStream } from "../../src/stream/stream.ts";
import { keySchema } from "../aws/dynamodb/local-table.ts";
import { directTo } from "../faults/direct-wire.ts";

/**
 * Items that a request wrote or changed, and the largest of them at that time, with its key. Folds are only checked for
 * their size: they sum up earlier requests.
 */
export type Written = { items: number; bytes: number; largest: number; key: string };
export type StateTarget = Awaited<ReturnType<typeof startStateTarget>>;

type Key = Record<string, { S: string }>;
const table = "daymark-fuzz";
const timezone = "Asia/Seoul";
const context = { timezone, visitorSalt: "s", maxLatenessDays: 7, eventsStreams: ["s"] as [string] };

export async function startStateTarget() {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-fuzz-state-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const tables = [{ TableName: table, ...keySchema }];
  const dynamoDb = stack.use(await startDynamoDb({ home, tables, faults: createFaults() }));
  const touched = new Map<string, Key>();
  const client = new DynamoDBClient(directTo([watched(dynamoDb.service, touched)]));
  stack.defer(() => client.destroy());
  const stream = createStream({
    ...silent,
    table: createTable({ client, table }),
    timezone,
    catalog,
    clock: () => Date.now(),
  });
  const close = stack.move();

  async function sizeOf(Key: Key): Promise<number> {
    const answer = await dynamoDb.service.operations.GetItem?.({ TableName: table, Key, ConsistentRead: true });
    return sizeOfMap((answer as { Item?: Attributes }).Item ?? {});
  }

  return {
    /** What a request writes, as one batch of its own. A refused request writes nothing. */
    async send(body: string, trusted: boolean): Promise<Written> {
      touched.clear();
      const now = Date.now();
      const caller = { app: trusted ? "server" : "web", trusted };
      const request = { body, caller, address: "192.0.2.1", userAgent: "", country: undefined, acceptLanguage: "" };
      const { accepted, rejected } = collect(request, { ...context, now, newId: () => crypto.randomUUID() });
      const records = [...accepted, ...rejected].map((data, i) => ({
        recordId: String(i),
        approximateArrivalTimestamp: now,
        data: Buffer.from(data).toString("base64"),
      }));
      if (records.length > 0) await stream({ records });
      const written: Written = { items: 0, bytes: 0, largest: 0, key: "" };
      for (const [name, key] of touched) {
        const size = await sizeOf(key);
        if (!isFold(name)) [written.items, written.bytes] = [written.items + 1, written.bytes + size];
        if (size > written.largest) [written.largest, written.key] = [size, name];
      }
      return written;
    },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  };
}

function isFold(key: string): boolean {
  return /^blocks#\S+ [1-9]/.test(key);
}

/** The service, recording the keys of everything that is written. */
function watched(service: AwsService, touched: Map<string, Key>): AwsService {
  const note = (input: Record<string, unknown>) => {
    const { Key, Item } = input as { Key?: Key; Item?: Key };
    const { pk, sk } = Key ?? Item ?? {};
    if (pk !== undefined && sk !== undefined) touched.set(`${pk.S} ${sk.S}`, { pk, sk });
  };
  const operations = Object.entries(service.operations).map(([name, run]): [string, typeof run] => [
    name,
    (input) => {
      if (name === "PutItem" || name === "UpdateItem") note(input);
      if (name === "TransactWriteItems")
        for (const action of input.TransactItems as Record<string, Record<string, unknown>>[])
          for (const kind of ["Put", "Update"]) note(action[kind] ?? {});
      return run(input);
    },
  ]);
  return { ...service, operations: Object.fromEntries(operations) };
}

type Attribute = { S?: string; N?: string; B?: string; L?: Attribute[]; M?: Attributes };
type Attributes = Record<string, Attribute>;

function sizeOfMap(item: Attributes): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOfValue(value), 0);
}

function sizeOfValue({ S, N, B, L, M }: Attribute): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.length / 2) + 1;
  if (B !== undefined) return Buffer.byteLength(B, "base64");
  if (L !== undefined) return L.reduce((sum, one) => sum + sizeOfValue(one) + 1, 3);
  return M === undefined ? 1 : sizeOfMap(M) + 3;
}
