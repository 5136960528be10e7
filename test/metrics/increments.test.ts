import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { type Dimension, defineMetric, HOUR, type Metric, type MetricInput } from "../../src/metrics/define-metric.ts";
import { coordinatesOf, type Sketch } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import { clickRow, eventRows, zone } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment, minuteIncrements } from "../fixtures/increments.ts";
import { pairs } from "../fixtures/pairs.ts";

const metric = (changes: Partial<MetricInput>): Metric =>
  defineMetric({ name: "clicks", title: "Clicks", on: ["click"], value: { kind: "count" }, by: [], ...changes });

/** Every kind of value, three dimensions at once, a unit, both comparisons, robots in and out. */
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

describe("one batch adds what a count by hand finds", () => {
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
          countByHand(metrics, counted, ({ day }) => day, "every set"),
        );
        const live = rows.filter(([, isLive]) => isLive).map(([row]) => row);
        expect(byCounter(minuteIncrements(increments))).toEqual(countByHand(metrics, live, seoulMinute, "totals"));
      }),
    );
  });
});

const noon = { day: "2026-03-09", occurred_at: "2026-03-09T03:00:00.000Z" };
const click = (changes: Parameters<typeof clickRow>[0] = {}) => clickRow({ ...noon, ...changes });

function daysOf(metrics: readonly Metric[], rows: readonly EventRow[]): Increment[] {
  const increments = createIncrements(metrics, zone);
  for (const row of rows) increments.add(row, false);
  return dayIncrements(increments);
}

const written = (increments: Increment[]) =>
  increments.map(({ bucket, metric: name, breakdown, key, value }) => [bucket, name, breakdown, key, value]);

test("events that are alike end as one increment", () => {
  const rows = [click({ target: "a" }), click({ target: "b" }), click({ target: "a" })];
  expect(written(daysOf([metric({ by: ["target"] })], rows))).toEqual([
    ["2026-03-09", "clicks", "", "", 3n],
    ["2026-03-09", "clicks", "target", "a", 2n],
    ["2026-03-09", "clicks", "target", "b", 1n],
  ]);
});

test("a batch without events adds nothing", () => {
  const increments = createIncrements(catalog, zone);
  expect([dayIncrements(increments), minuteIncrements(increments)]).toEqual([[], []]);
});

test("an event of no metric adds nothing", () => {
  expect(daysOf([metric({ by: ["target"] })], [click({ name: "scroll" })])).toEqual([]);
});

test("an event without a dimension is in the group of the empty text", () => {
  const rows = [click({ target: undefined }), click({ target: "" }), click({ target: "a" })];
  expect(written(daysOf([metric({ by: ["target"] })], rows)).slice(1)).toEqual([
    ["2026-03-09", "clicks", "target", "", 2n],
    ["2026-03-09", "clicks", "target", "a", 1n],
  ]);
});

test("values of a combination are kept apart when they hold its separator", () => {
  const rows = [click({ app: "a+b", target: "c" }), click({ app: "a", target: "b+c" })];
  expect(written(daysOf([metric({ by: [["app", "target"]] })], rows)).slice(1)).toEqual([
    ["2026-03-09", "clicks", "app+target", "a%2Bb+c", 1n],
    ["2026-03-09", "clicks", "app+target", "a+b%2Bc", 1n],
  ]);
});

test("a number is a key as text", () => {
  const errors = metric({ name: "errors", on: ["access_log"], by: ["status"] });
  expect(daysOf([errors], [click({ name: "access_log", status: 503 })])[1]?.key).toBe("503");
});

test("a robot's event counts only where robots do", () => {
  const metrics = [metric({ name: "people" }), metric({ name: "everyone", robots: true })];
  const rows = [click({ is_bot: true }), click({ is_bot: false }), click()];
  expect(written(daysOf(metrics, rows))).toEqual([
    ["2026-03-09", "people", "", "", 2n],
    ["2026-03-09", "everyone", "", "", 3n],
  ]);
});

test.each([
  [">=", 499, 0],
  [">=", 500, 1],
  ["<", 499, 1],
  ["<", 500, 0],
  [">=", undefined, 0],
  ["<", undefined, 0],
] as const)("a condition %s 500 takes a status of %s %i times", (is, status, times) => {
  const conditional = metric({ where: [{ column: "status", is, than: 500 }] });
  expect(daysOf([conditional], [click({ status })])).toHaveLength(times);
});

test("all conditions must hold", () => {
  const within = metric({
    where: [
      { column: "status", is: ">=", than: 400 },
      { column: "status", is: "<", than: 500 },
    ],
  });
  expect(
    daysOf(
      [within],
      [399, 400, 499, 500].map((status) => click({ status })),
    )[0]?.value,
  ).toBe(2n);
});

test("sums are exact beyond what a float holds, and a missing amount is nothing", () => {
  const revenue = metric({ name: "revenue", value: { kind: "sum", column: "amount" } });
  const rows = [2 ** 53 - 1, 2 ** 53 - 1, undefined, -1].map((amount) => click({ amount }));
  expect(written(daysOf([revenue], rows))).toEqual([["2026-03-09", "revenue", "", "", 18014398509481981n]]);
});

test("visitors and users are breakdowns of their own, and an event without an id is in none", () => {
  const metrics = [
    metric({ name: "visitors", value: { kind: "distinct", of: "visitor" }, by: ["target"] }),
    metric({ name: "users", value: { kind: "distinct", of: "user" } }),
  ];
  const rows = [
    click({ target: "a", visitor_register: 7, visitor_rank: 2 }),
    click({ target: "a", visitor_register: 7, visitor_rank: 3, user_register: 9, user_rank: 1 }),
    click({ target: "b", visitor_register: 7, visitor_rank: 1 }),
    click({ target: "c", visitor_register: 8 }),
    click({ target: "c", visitor_rank: 8 }),
  ];
  expect(written(daysOf(metrics, rows))).toEqual([
    ["2026-03-09", "visitors", "", "", pairs("7:3")],
    ["2026-03-09", "visitors", "target", "a", pairs("7:3")],
    ["2026-03-09", "visitors", "target", "b", pairs("7:1")],
    ["2026-03-09", "users", "", "", pairs("9:1")],
  ]);
});

test("live events are counted in their local minute too, by total only", () => {
  const increments = createIncrements([metric({ by: ["target"] })], "Asia/Kathmandu");
  increments.add(click({ occurred_at: "2026-03-08T18:14:59.999Z" }), true);
  increments.add(click({ occurred_at: "2026-03-08T18:15:00.000Z" }), true);
  increments.add(click({ occurred_at: "2026-03-08T18:14:00.000Z" }), true);
  increments.add(click({ occurred_at: "2026-03-08T18:15:30.000Z" }), false);
  expect(written(minuteIncrements(increments))).toEqual([
    ["2026-03-08T23:59", "clicks", "@minute", "", 2n],
    ["2026-03-09T00:00", "clicks", "@minute", "", 1n],
  ]);
  expect(dayIncrements(increments).find(({ breakdown }) => breakdown === "")?.value).toBe(4n);
});

/** What each counter gets, by a text that names it. Two increments for one counter are a fault: each is a write. */
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

/** The same by going over all rows again for every number. */
function countByHand(
  metrics: readonly Metric[],
  rows: readonly EventRow[],
  bucketOf: (row: EventRow) => string,
  breakdowns: "every set" | "totals",
): Map<string, bigint | Sketch> {
  const counters = new Map<string, bigint | Sketch>();
  for (const { name, breakdowns: all, ...rest } of metrics) {
    for (const breakdown of breakdowns === "totals" ? all.slice(0, 1) : all) {
      const groups = Map.groupBy(
        rows.filter((row) => isAbout(rest, row)),
        (row) => {
          const key = breakdown.map((dimension) => escaped(partByHand(dimension, row))).join("+");
          return [bucketOf(row), name, breakdowns === "totals" ? "@minute" : breakdown.join("+"), key].join(" # ");
        },
      );
      for (const [counter, group] of groups) {
        const value = valueByHand(rest.value, group);
        if (value !== undefined) counters.set(counter, value);
      }
    }
  }
  return counters;
}

/** A day of Seoul has 24 hours, and the first begins at midnight. */
function partByHand(dimension: Dimension, row: EventRow): string {
  return dimension === HOUR ? String(Number(seoulMinute(row).slice(11, 13))) : String(row[dimension] ?? "");
}

function isAbout({ on, where, robots }: Omit<Metric, "name" | "breakdowns">, row: EventRow): boolean {
  const isNamed = "except" in on ? on.except.every((name) => name !== row.name) : on.some((name) => name === row.name);
  const meets = where.map(({ column, is, than }) => {
    const number = row[column] ?? Number.NaN;
    return is === "<" ? number < than : number >= than;
  });
  return isNamed && !meets.includes(false) && (robots || !row.is_bot);
}

function valueByHand(value: Metric["value"], rows: readonly EventRow[]): bigint | Sketch | undefined {
  if (value.kind === "count") return BigInt(rows.length);
  if (value.kind === "sum") return rows.reduce((sum, row) => sum + BigInt(row[value.column] ?? 0), 0n);
  const ids = rows.flatMap((row) => row[`${value.of}_id`] ?? []).map(coordinatesOf);
  if (ids.length === 0) return undefined;
  const ranks = (register: number) => ids.filter((id) => id.register === register).map(({ rank }) => rank);
  return new Map(ids.map(({ register }) => [register, Math.max(...ranks(register))]));
}

function escaped(value: string): string {
  return value.replaceAll("%", "%25").replaceAll("#", "%23").replaceAll("+", "%2B");
}

/** Seoul is nine hours ahead, always. */
function seoulMinute({ occurred_at }: EventRow): string {
  return new Date(Date.parse(occurred_at) + 9 * 3_600_000).toISOString().slice(0, 16);
}
