import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOfNone, metricRollup } from "../../src/athena-queries/metric-rollup.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { breakdownName, defineMetric, type Metric } from "../../src/metrics/define-metric.ts";
import { fromWords } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { toNumber } from "../../src/metrics/merge.ts";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import { eventRows } from "../fixtures/event-rows.ts";
import { dayIncrements } from "../fixtures/increments.ts";
import { dearLawRuns } from "../laws/law-runs.ts";
import { type LakeRow, openLake } from "./lake.ts";

let lake: Awaited<ReturnType<typeof openLake>>;
const days = ["2026-02-27", "2026-02-28", "2026-03-01"];

beforeAll(async () => {
  lake = await openLake();
});
afterAll(() => lake[Symbol.asyncDispose]());

const day = "2026-02-28";
const click = (row: Partial<LakeRow> = {}): LakeRow => ({
  event_id: "e1",
  name: "click",
  app: "web",
  day,
  occurred_at: `${day}T10:00:00.000Z`,
  received_at: `${day}T10:00:00.000Z`,
  dt: day,
  ...row,
});

/** The complete rollup of a day as text lines: metric, dimensions, keys, number, and the registers of a sketch. */
async function rollUp(of = day) {
  await lake.run("truncate daily_events");
  await lake.writeEvents([of]);
  const rows = await lake.ask(metricRollup(catalog, of, "UTC"));
  return rows.map(toLine).sort();
}

function toLine({ metric, dimensions, keys, events, value, amount, sketch }: Record<string, unknown>) {
  const words = sketch === null ? undefined : [...fromWords((sketch as string[]).map(BigInt))].sort(byRegister);
  return [metric, dimensions, keys, events, value ?? amount, ...(words ?? [])].join(" | ");
}

const byRegister = ([a]: [number, number], [b]: [number, number]) => a - b;

/** The same from the stream's compiler, with a row of 0 for each breakdown without any count. */
function count(events: readonly EventRow[], of = day) {
  const lines = new Map(breakdowns.map((line) => [line, `${line} | 0 | 0`]));
  const increments = createIncrements(catalog, "UTC");
  const made = new Map<string, number>();
  for (const row of events) if (row.day === of) increments.add(row, false);
  for (const metric of catalog.filter(({ value }) => value.kind !== "count")) tallyEvents(metric, events, of, made);
  for (const { metric, breakdown, key, value } of dayIncrements(increments)) {
    const id = [metric, breakdown, key].join(" | ");
    const registers = typeof value === "bigint" ? [] : [...value].sort(byRegister);
    lines.set(id, [id, made.get(id) ?? value, toNumber(value), ...registers].join(" | "));
  }
  return [...lines.values()].sort();
}

const breakdowns = catalog.flatMap(({ name, breakdowns }) =>
  breakdowns.map((breakdown) => `${name} | ${breakdownName(breakdown)} | ${keyOfNone(breakdown)}`),
);

/** How many events a sum or a distinct count is made of, as a count under the same conditions gives it. */
function tallyEvents(metric: Metric, events: readonly EventRow[], of: string, made: Map<string, number>) {
  const increments = createIncrements([{ ...metric, value: { kind: "count" } }], "UTC");
  for (const row of events) if (row.day === of && hasId(metric, row)) increments.add(row, false);
  for (const { metric: name, breakdown, key, value } of dayIncrements(increments))
    made.set([name, breakdown, key].join(" | "), Number(value));
}

function hasId({ value }: Metric, row: EventRow): boolean {
  if (value.kind !== "distinct") return true;
  return value.of === "visitor" ? row.visitor_rank !== undefined : row.user_rank !== undefined;
}

async function clicksOf(days: readonly string[], rows: readonly LakeRow[]) {
  await lake.clear();
  await lake.add(rows);
  const all: string[][] = [];
  for (const of of days) all.push(await rollUp(of));
  return all.map(
    (lines) =>
      lines
        .find((line) => line.startsWith("clicks |  |"))
        ?.split(" | ")
        .at(-1) ?? "no row",
  );
}

test("the query is the one recorded", async () => {
  await expect(metricRollup(catalog, day, "UTC").text).toMatchFileSnapshot("sql/metric-rollup.sql");
  expect(metricRollup(catalog, day, "UTC").params).toEqual(["'2026-02-28'"]);
});

test("the rollup equals the increments for any events", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventRows(days), { maxLength: 60 }), async (events) => {
      await lake.clear();
      await lake.add(events.map((row) => ({ ...row, dt: row.day })));
      for (const of of days) expect(await rollUp(of)).toEqual(count(events, of));
    }),
    { numRuns: dearLawRuns * 2 },
  );
}, 3_600_000);

test("a row that Firehose delivered twice counts once", async () => {
  expect(await clicksOf([day], [click(), click(), click()])).toEqual(["1"]);
});

test("an event whose request was repeated counts once", async () => {
  const repeated = click({ is_copy: true, received_at: `${day}T10:00:09.000Z` });
  expect(await clicksOf([day], [repeated, click()])).toEqual(["1"]);
});

test("a request repeated across midnight counts on the day of the copy that is none", async () => {
  const next = { dt: "2026-03-01", day: "2026-03-01", received_at: "2026-03-01T00:00:01.000Z" };
  expect(await clicksOf(days, [click(), click({ ...next, is_copy: true })])).toEqual(["0", "1", "0"]);
  expect(await clicksOf(days, [click({ is_copy: true }), click(next)])).toEqual(["0", "0", "1"]);
});

test("of copies that nobody marked the one that came first counts", async () => {
  const before = { dt: "2026-02-27", day: "2026-02-27", received_at: `${day}T09:00:00.000Z` };
  expect(await clicksOf(days, [click(), click(before)])).toEqual(["1", "0", "0"]);
  expect(await clicksOf(days, [click(), click({ ...before, received_at: `${day}T11:00:00.000Z` })])).toEqual([
    "0",
    "1",
    "0",
  ]);
});

test("of copies that came at the same time the one on the earlier day counts", async () => {
  const next = { dt: "2026-03-01", day: "2026-03-01" };
  expect(await clicksOf(days, [click(next), click()])).toEqual(["0", "1", "0"]);
});

test("a copy counts when what it copies never arrived", async () => {
  expect(await clicksOf([day], [click({ is_copy: true })])).toEqual(["1"]);
});

test("different events that claim one id are chosen from the same way in any order", async () => {
  const [a, b] = [click({ target: "a", amount: 1 }), click({ target: "b" })];
  await lake.clear();
  await lake.add([a, b]);
  const once = await rollUp();
  await lake.clear();
  await lake.add([b, a]);
  expect(await rollUp()).toEqual(once);
});

test("a day's amounts may pass the range of 64 bits", async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const rows = Array.from({ length: 2048 }, (_, i) =>
    click({ event_id: `e${i}`, name: "payment", currency: "KRW", amount: most }),
  );
  await lake.clear();
  await lake.add(rows);
  expect(await rollUp()).toContain(`revenue | currency | KRW | 2048 | ${BigInt(most) * 2048n}`);
});

test("a rollup says which breakdowns it holds, of a day without events too", async () => {
  await lake.clear();
  expect(await rollUp()).toEqual(breakdowns.map((line) => `${line} | 0 | 0`).sort());
});

test("a catalog of one metric compiles without the columns of others", async () => {
  const [one] = [defineMetric({ name: "taps", title: "Taps", on: ["click"], value: { kind: "count" }, by: ["app"] })];
  await lake.clear();
  await lake.add([click()]);
  await lake.writeEvents([day]);
  const rows = await lake.ask(metricRollup([one], day, "UTC"));
  expect(rows.map(({ dimensions, keys, value }) => [dimensions, keys, value]).sort()).toEqual([
    ["", "", "1"],
    ["app", "", "0"],
    ["app", "web", "1"],
  ]);
  expect(metricRollup([one], day, "UTC").text).not.toContain("currency");
});
