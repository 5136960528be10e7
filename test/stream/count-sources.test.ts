import fc from "fast-check";
import { expect, test } from "vitest";
import { eventSources } from "../../src/schemas/event-source.ts";
import { VISIT_PART } from "../../src/schemas/events/event.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { clickRow, recordOf, rejectedEvent, zone } from "../fixtures/event-rows.ts";

const day = "2026-11-22";
const noon = Date.parse("2026-11-22T03:00:00.000Z");
const time = (ms: number) => new Date(ms).toISOString();
/** A row that was received at noon, and happened so many ms before. */
const row = (lag = 0, changes: object = {}) => ({
  ...clickRow({ day, occurred_at: time(noon - lag), received_at: time(noon) }),
  ...changes,
});
const marked = (source: unknown, ...rows: object[]) => rows.map((one, i) => (i === 0 ? { source, ...one } : one));
function count(records: ReturnType<typeof recordOf>[], repeats: Record<string, number[]> = {}) {
  const copies = new Map(Object.entries(repeats).map(([id, at]) => [id, new Set(at)]));
  return countBatch(readBatch(records), copies, [], zone).map(({ day: one, sources }) => [one, sources]);
}

test("the first row of a record says where all of them come from, and how late the one in the middle was", () => {
  const records = [
    recordOf(marked("kafka", row(5000), row(90_000_000), row(0)), { arrived: noon + 20 }),
    recordOf(marked("otlp", row(7)), { arrived: noon + 30 }),
    recordOf(marked("kafka", row(4000)), { arrived: noon + 10 }),
  ];
  expect(count(records)).toEqual([
    [
      day,
      [
        { source: "kafka", rows: 4, at: noon + 20, lag: 4000 },
        { source: "otlp", rows: 1, at: noon + 30, lag: 7 },
      ],
    ],
  ]);
});

test.each([
  ["an app's rows", { app: "web" }, undefined, "apps"],
  ["rows that came with the trusted key", { app: "server" }, undefined, "servers"],
  ["a name that is no source", { app: "web" }, "x".repeat(1000), "apps"],
  ["a name of an object's own", { app: "server" }, "constructor", "servers"],
  ["what is no name", { app: "web" }, { kafka: 1 }, "apps"],
])("no row adds a source: %s", (_, changes, source, expected) => {
  expect(count([recordOf(marked(source, row(0, changes)), { arrived: noon })])).toEqual([
    [day, [{ source: expected, rows: 1, at: noon, lag: 0 }]],
  ]);
});

test("copies and parts of visits are no rows of a source, and a record of nothing else was not seen", () => {
  const records = [
    recordOf(marked("kafka", row(1), row(2), row(3)), { recordId: "a", arrived: noon }),
    recordOf(marked("kafka", row(9)), { recordId: "b", arrived: noon + 5 }),
    recordOf([row(0, { name: VISIT_PART })], { recordId: "c", arrived: noon }),
    recordOf([rejectedEvent({ day })], { recordId: "d", arrived: noon }),
  ];
  expect(count(records, { a: [0, 2], b: [0] })).toEqual([[day, [{ source: "kafka", rows: 1, at: noon, lag: 2 }]]]);
});

test("of a large record some rows say how late they were, spread over all of it", () => {
  const late = Array.from({ length: 500 }, (_, i) => row(i * 1000));
  expect(count([recordOf(marked("buckets", ...late), { arrived: noon })])).toEqual([
    [day, [{ source: "buckets", rows: 500, at: noon, lag: 250_000 }]],
  ]);
});

test("a time after that of receipt is no lag", () => {
  expect(count([recordOf([row(-5000)], { arrived: noon })])).toMatchObject([[day, [{ lag: 0 }]]]);
});

test("the rows of all sources together are the batch's rows that are no copies", () => {
  const source = fc.option(fc.constantFrom(...eventSources, "other"), { nil: undefined });
  const record = fc.record({
    source,
    days: fc.integer({ min: 20, max: 22 }),
    size: fc.integer({ min: 1, max: 5 }),
    copies: fc.nat(5),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 12 }), (some) => {
      const records = some.map((one, i) => {
        const rows = Array.from({ length: one.size }, () => row(0, { day: `2026-11-${one.days}` }));
        return recordOf(marked(one.source, ...rows), { recordId: `${i}`, arrived: noon + i });
      });
      const copiesOf = (one: (typeof some)[number]) => [...Array(Math.min(one.copies, one.size)).keys()];
      const repeats = new Map(some.map((one, i) => [`${i}`, new Set(copiesOf(one))]));
      for (const tally of countBatch(readBatch(records), repeats, [], zone)) {
        const own = some.filter(({ days }) => tally.day === `2026-11-${days}`);
        const counted = own.reduce((sum, one) => sum + one.size - copiesOf(one).length, 0);
        expect((tally.sources ?? []).reduce((sum, { rows }) => sum + rows, 0)).toBe(counted);
        expect(new Set(tally.sources?.map((one) => one.source)).size).toBe(tally.sources?.length ?? 0);
      }
    }),
  );
});
