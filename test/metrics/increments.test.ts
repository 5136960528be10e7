import { expect, test } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { defineMetric, type Metric, type MetricInput } from "../../src/metrics/define-metric.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import { clickRow, zone } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment, minuteIncrements } from "../fixtures/increments.ts";
import { pairs } from "../fixtures/pairs.ts";

const metric = (changes: Partial<MetricInput>): Metric =>
  defineMetric({ name: "clicks", title: "Clicks", on: ["click"], value: { kind: "count" }, by: [], ...changes });

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

test("values of a breakdown stay distinct even if they contain its separator", () => {
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

test("visitors and users are sets of their own, and an event without an id is in none", () => {
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
