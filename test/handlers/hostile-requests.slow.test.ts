/**
 * Nothing that a client may choose in its requests harms anybody else's numbers: the stream's handler with the local
 * DynamoDB.
 */

import { randomUUID } from "node:crypto";
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { toNumber } from "../../src/metrics/merge.ts";
import type { FirehoseResult } from "../../src/stream/answer-batch.ts";
import { createStream } from "../../src/stream/stream.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";
import { presentOf } from "../aws/present-values.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { silent } from "../silent-reporter.ts";

type Stream = (event: { records: ReturnType<typeof recordOf>[] }) => Promise<{ records: FirehoseResult[] }>;

const PAGE = 4;
let table: Awaited<ReturnType<typeof startTable>>;
let stream: Stream;

beforeAll(async () => {
  Object.assign(process.env, { TABLE: "unused", TIMEZONE: "Asia/Seoul", LOG_LEVEL: "silent" });
  table = await startTable();
  const options = { ...silent, table: table.store, clock: () => Date.now() };
  stream = createStream({ ...options, timezone: "Asia/Seoul", catalog, batchesAPage: PAGE });
});
afterAll(() => table[Symbol.asyncDispose]());

const invoke = (...records: ReturnType<typeof recordOf>[]) => stream({ records });

async function clicksOf(target: string): Promise<number> {
  return Number(
    toNumber((await presentOf(table.store, clickRow().day, { metric: "clicks", breakdown: "target" })).get(target)),
  );
}

/** The events without a mark in the lake, counted as the rollup does: each id once. */
function idsWithoutMark(results: FirehoseResult[][]): string[] {
  const lines = results.flat().flatMap(({ data }) => Buffer.from(data, "base64").toString().trim().split("\n"));
  const rows = lines.map((line) => JSON.parse(line)).filter((row) => row.is_copy !== true);
  return rows.map((row) => row.event_id).sort();
}

it("counts copies of one request once that came in the same millisecond and differ, at the same time or not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 8 }), fc.boolean(), fc.boolean(), async (copies, together, timed) => {
      const [target, id] = [randomUUID(), randomUUID()];
      const made = Date.now().toString(16).padStart(12, "0");
      const batch_id = timed ? `${made.slice(0, 8)}-${made.slice(8)}-7000-8000-${id.slice(-12)}` : id;
      const received_at = new Date().toISOString();
      const browsers = ["Chrome", "Firefox", "Safari", "Opera", "Edge", "Samsung", "Whale", "Vivaldi"];
      const batches = browsers.slice(0, copies).map((browser, i) => {
        const occurred_at = new Date(Date.now() - i).toISOString();
        return recordOf([clickRow({ target, batch_id, received_at, occurred_at, browser, event_id: id })]);
      });
      const results = [];
      if (together) results.push(...(await Promise.all(batches.map((record) => invoke(record)))));
      else for (const record of batches) results.push(await invoke(record));
      expect(await clicksOf(target)).toBe(1);
      expect(idsWithoutMark(results.map(({ records }) => records))).toEqual([id]);
    }),
    { numRuns: 12 },
  );
});

it("counts each event of a request once that has grown when it comes again, or shrunk", async () => {
  const [target, batch_id] = [randomUUID(), randomUUID()];
  const received_at = new Date().toISOString();
  const click = (event_id: string) => clickRow({ target, batch_id, received_at, event_id: `${batch_id} ${event_id}` });
  const sent = [["a", "b"], ["a", "b", "c"], ["b"], ["d", "a"]].map((ids) => recordOf(ids.map(click)));
  const results = [];
  for (const record of sent) results.push((await invoke(record)).records);
  expect(await clicksOf(target)).toBe(4);
  expect(idsWithoutMark(results)).toEqual(["a", "b", "c", "d"].map((id) => `${batch_id} ${id}`));
});

it("loses no event of anybody to a client whose ids all name the same minute", async () => {
  const minute = Date.now().toString(16).padStart(12, "0");
  const idOf = (n: number) => `${minute.slice(0, 8)}-${minute.slice(8)}-7abc-8000-${n.toString(16).padStart(12, "0")}`;
  const victim = randomUUID();
  for (let n = 0; n < PAGE * 30; n++) {
    const attack = recordOf([clickRow({ target: "attack", batch_id: idOf(n) })]);
    // Some of the neighbours have that minute as well.
    const batch_id = n % 2 === 0 ? idOf(1_000_000 + n) : randomUUID();
    const { records } = await invoke(attack, recordOf([clickRow({ target: victim, batch_id })]));
    expect(records.map(({ result }) => result)).toEqual(["Ok", "Ok"]);
  }
  expect(await clicksOf(victim)).toBe(PAGE * 30);
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.table }));
  const pages = Items.filter(({ pk }) => pk?.S?.startsWith("page#"));
  expect(Math.max(...pages.map(({ batches }) => batches?.L?.length ?? 0))).toBe(PAGE);
});
