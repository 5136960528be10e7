/**
 * Each request counts once, however its records reach the stream: split over batches, sent again with another time, put
 * twice, in batches that are delivered several times, in any order, at the same time. Runs on the local DynamoDB with a
 * small catalog.
 */

import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { createStream } from "../../src/stream/stream.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";
import { presentOf } from "../aws/present-values.ts";
import { clickRow, recordOf, zone } from "../fixtures/event-rows.ts";
import { silent } from "../silent-reporter.ts";
import { lawRuns } from "./law-runs.ts";

const catalog = [
  defineMetric({ name: "clicks", title: "", on: ["click"], value: { kind: "count" }, by: ["target"] }),
  defineMetric({ name: "visitors", title: "", on: ["click"], value: { kind: "distinct", of: "visitor" }, by: [] }),
];

let table: Awaited<ReturnType<typeof startTable>>;
let stream: (event: { records: ReturnType<typeof recordOf>[] }) => Promise<unknown>;
let run = 0;

beforeAll(async () => {
  Object.assign(process.env, { TABLE: "unused", TIMEZONE: zone, LOG_LEVEL: "silent" });
  table = await startTable();
  stream = createStream({ ...silent, table: table.store, timezone: zone, catalog, clock: () => Date.now() });
});
afterAll(() => table[Symbol.asyncDispose]());

/**
 * Requests of 1 to 3 records of 1 to 2 events, each request in 1 to 3 copies, each record of a copy put 1 or 2 times.
 */
const requests = fc.array(
  fc.record({
    records: fc.array(fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 2 }), {
      minLength: 1,
      maxLength: 2,
    }),
    copies: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
    version7: fc.boolean(),
  }),
  { minLength: 1, maxLength: 3 },
);
/** Which of 3 batches each record goes to, and in which order, how often and whether concurrently the batches come. */
const deliveries = fc.record({
  places: fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }),
  order: fc.array(fc.nat(2), { minLength: 1, maxLength: 5 }),
  together: fc.boolean(),
});

it("a request counts once, whatever becomes of its copies and batches", async () => {
  await fc.assert(
    fc.asyncProperty(requests, deliveries, async (all, { places, order, together }) => {
      const day = addDays("1990-01-01", run++);
      const start = Date.parse(`${day}T03:00:00Z`);
      const truth: Record<string, number> = {};
      const batches: ReturnType<typeof recordOf>[][] = [[], [], []];
      let record = 0;
      for (const [number, { records, copies, version7 }] of all.entries()) {
        const time = start.toString(16).padStart(12, "0").slice(-12);
        const batch_id = `${time.slice(0, 8)}-${time.slice(8)}-${version7 ? 7 : 4}000-8000-${String(number).padStart(12, "0")}`;
        for (const target of records.flat()) truth[target] = (truth[target] ?? 0) + 1;
        for (const [copy, puts] of copies.entries()) {
          const received_at = new Date(start + copy * 1000).toISOString();
          for (const [part, targets] of records.entries()) {
            const rows = targets.map((target, i) =>
              clickRow({
                target,
                batch_id,
                received_at,
                occurred_at: received_at,
                day,
                event_id: `${number}-${part}-${i}`,
              }),
            );
            for (let put = 0; put < puts; put++)
              batches[places[record++ % 40] ?? 0]?.push(recordOf(rows, { arrived: start + record }));
          }
        }
      }
      const full = batches.filter(({ length }) => length > 0);
      const deliver = (i: number) =>
        stream({ records: [...(full[i % full.length] ?? [])].sort(() => (together ? -1 : 1)) });
      if (together) await Promise.all(order.map(deliver));
      else for (const i of order) await deliver(i);
      await Promise.all(full.map((_, i) => deliver(i)));

      const values = await presentOf(table.store, day, { metric: "clicks", breakdown: "target" });
      const counted = Object.fromEntries([...values].map(([key, value]) => [key, Number(value)]));
      expect(counted).toEqual(truth);
      const rows = full
        .flat()
        .reduce((sum, { data }) => sum + Buffer.from(data, "base64").toString().trim().split("\n").length, 0);
      expect((await createDayLedger(table.store).readDays(day, day))[0]?.seen).toBe(rows);
    }),
    { numRuns: lawRuns },
  );
}, 900_000);
