/**
 * The code that runs for each event is written for speed; plain code for the same purpose gives the same result in any
 * case.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { defineMetric, type Metric, type MetricInput } from "../../src/metrics/define-metric.ts";
import type { Sketch } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { readRecord } from "../../src/stream/read-record.ts";
import { eventRows, rejectedEvent, zone } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment, minuteIncrements } from "../fixtures/increments.ts";
import { lawRuns } from "./law-runs.ts";
import { countByHand, seoulMinute } from "./plain/count-by-hand.ts";
import { readByHand } from "./plain/read-by-hand.ts";

const metric = (changes: Partial<MetricInput>): Metric =>
  defineMetric({ name: "clicks", title: "Clicks", on: ["click"], value: { kind: "count" }, by: [], ...changes });

/** Every kind of value, three dimensions at once, a unit, both comparisons, robots included and excluded. */
const small: readonly Metric[] = [
  metric({ name: "deep", on: ["click", "login"], by: ["device", ["app", "path", "device"], ["path", "target"]] }),
  metric({ name: "all", on: { except: ["payment"] }, robots: true, by: [["app", "name"]] }),
  metric({
    name: "amounts",
    on: { except: [] },
    unit: "currency",
    value: { kind: "sum", column: "amount" },
    by: ["app"],
  }),
  metric({ name: "answered", on: { except: [] }, where: [{ column: "status", is: "<", than: 500 }], by: ["status"] }),
  metric({
    name: "client_errors",
    on: { except: [] },
    where: [
      { column: "status", is: ">=", than: 404 },
      { column: "status", is: "<", than: 500 },
    ],
    robots: true,
    value: { kind: "distinct", of: "user" },
    by: ["path"],
  }),
  metric({
    name: "people",
    on: { except: ["login"] },
    value: { kind: "distinct", of: "visitor" },
    by: [["app", "device"]],
  }),
];

const days = ["2026-03-08", "2026-03-09"];
const arrivals = fc.array(fc.tuple(eventRows(days), fc.boolean()), { maxLength: 60 });

describe("a batch is added up as by hand", () => {
  test.each([
    ["the catalog", catalog],
    ["awkward metrics", small],
  ])("for %s", (_name, metrics) => {
    fc.assert(
      fc.property(arrivals, (rows) => {
        const increments = createIncrements(metrics, zone);
        for (const [row, live] of rows) increments.add(row, live);
        const counted = rows.map(([row]) => row);
        expect(byCounter(dayIncrements(increments))).toEqual(
          countByHand(metrics, counted, ({ day }) => day, "every breakdown"),
        );
        const live = rows.filter(([, isLive]) => isLive).map(([row]) => row);
        expect(byCounter(minuteIncrements(increments))).toEqual(countByHand(metrics, live, seoulMinute, "totals"));
      }),
    );
  });
});

const fields = [
  "event_id",
  "name",
  "app",
  "day",
  "occurred_at",
  "received_at",
  "amount",
  "status",
  "elapsed_ms",
  "raw",
  "errors",
  "reason",
  "requests",
];
const odd = [
  null,
  1.5,
  7,
  2 ** 53,
  true,
  "",
  "a",
  "2026-02-30",
  "2026-03-08",
  "2026-13-01T00:00:00.000Z",
  "2026-03-08T24:00:00.000Z",
];
/** A valid row, or one with a wrong or missing field. */
const rowOfSome = fc
  .tuple(
    fc.oneof(eventRows(days), fc.constant(rejectedEvent())),
    fc.option(fc.tuple(fc.constantFrom(...fields), fc.constantFrom(...odd, undefined)), { freq: 2 }),
  )
  .map(([row, change]): object => (change === null ? row : { ...row, [change[0]]: change[1] }));

/**
 * Rows of one record as text: of one day or two, events or rejected, with anything allowed around lines, and perhaps a
 * damaged byte.
 */
const records = fc
  .record({
    rows: fc.array(fc.oneof({ weight: 9, arbitrary: rowOfSome }, fc.constantFrom<object | null>({}, [], null)), {
      maxLength: 3,
    }),
    start: fc.constantFrom("", "", " ", "\n", "\r\n "),
    end: fc.constantFrom("\n", "\r\n", "", " \n\n"),
    gap: fc.constantFrom("\n", "\r\n", " \n", "\n\n"),
    damage: fc.option(fc.tuple(fc.nat(), fc.integer({ min: 11, max: 255 })), { freq: 1 }),
  })
  .map(({ rows, start, end, gap, damage }) => {
    const bytes = Buffer.from(start + rows.map((row) => JSON.stringify(row)).join(gap) + end);
    const at = (damage?.[0] ?? 0) % Math.max(1, bytes.length);
    // If the damage moved a line's end, both would read different lines than were written.
    return damage && bytes[at] !== 10 ? Buffer.from(bytes.map((byte, i) => (i === at ? damage[1] : byte))) : bytes;
  });

test("a record is read the same as line by line, whatever it contains", () => {
  fc.assert(
    fc.property(records, (bytes) => {
      const read = readRecord({ recordId: "r", approximateArrivalTimestamp: 0, data: bytes.toString("base64") });
      const { kind, day, rows } = { day: undefined, rows: undefined, ...read };
      expect({ kind, day, rows }).toEqual({ day: undefined, rows: undefined, ...readByHand(bytes) });
    }),
    { numRuns: 40 * lawRuns },
  );
});

/** What each counter gets, by a text that names it. Two increments for one counter are an error: each is a write. */
function byCounter(increments: readonly Increment[]): Map<string, bigint | Sketch> {
  const named = new Map(
    increments.map(({ bucket, metric: name, breakdown, key, value }) => [
      [bucket, name, breakdown, key].join(" # "),
      value,
    ]),
  );
  expect(named.size).toBe(increments.length);
  return named;
}
