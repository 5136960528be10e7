import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricRollup } from "../../src/athena-queries/metric-rollup.ts";
import { catalog } from "../../src/metrics/catalog.ts";
import { defineMetric } from "../../src/metrics/define-metric.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import type { EventRow } from "../../src/schemas/event-columns.ts";
import { eventRows } from "../fixtures/event-rows.ts";
import { dayIncrements } from "../fixtures/increments.ts";
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

/** The rollup of a day as text lines: metric, dimensions, keys, register, number. */
async function rollUp(of = day) {
  const rows = await lake.ask(metricRollup(catalog, of));
  return rows.map((r) => [r.metric, r.dimensions, r.keys, r.register ?? "", r.value ?? r.amount].join(" | ")).sort();
}

/** The same from the stream's compiler. */
function count(events: readonly EventRow[], of = day) {
  const increments = createIncrements(catalog, "UTC");
  for (const row of events) if (row.day === of) increments.add(row, false);
  const lines = dayIncrements(increments).flatMap(({ metric, set, key, value }) => {
    const numbers = typeof value === "bigint" ? [["", value]] : [...value];
    return numbers.map((number) => [metric, set, key, ...number].join(" | "));
  });
  return lines.sort();
}

async function clicksOf(days: readonly string[], rows: readonly LakeRow[]) {
  await lake.clear();
  await lake.add(rows);
  const all = await Promise.all(days.map(rollUp));
  return all.map(
    (lines) =>
      lines
        .find((line) => line.startsWith("clicks |  |"))
        ?.split(" | ")
        .at(-1) ?? "none",
  );
}

test("the query is the one recorded", async () => {
  await expect(metricRollup(catalog, day).text).toMatchFileSnapshot("sql/metric-rollup.sql");
  expect(metricRollup(catalog, day).params).toEqual(["'2026-02-28'", "'2026-02-27'", "'2026-03-01'", "'2026-02-28'"]);
});

test("the rollup equals the increments for any events", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventRows(days), { maxLength: 60 }), async (events) => {
      await lake.clear();
      await lake.add(events.map((row) => ({ ...row, dt: row.day })));
      for (const of of days) expect(await rollUp(of)).toEqual(count(events, of));
    }),
    { numRuns: 20 },
  );
});

test("a row that Firehose delivered twice counts once", async () => {
  expect(await clicksOf([day], [click(), click(), click()])).toEqual(["1"]);
});

test("an event whose request was repeated counts once", async () => {
  const repeated = click({ is_copy: true, received_at: `${day}T10:00:09.000Z` });
  expect(await clicksOf([day], [repeated, click()])).toEqual(["1"]);
});

test("a request repeated across midnight counts on the day of the copy that is none", async () => {
  const next = { dt: "2026-03-01", day: "2026-03-01", received_at: "2026-03-01T00:00:01.000Z" };
  expect(await clicksOf(days, [click(), click({ ...next, is_copy: true })])).toEqual(["none", "1", "none"]);
  expect(await clicksOf(days, [click({ is_copy: true }), click(next)])).toEqual(["none", "none", "1"]);
});

test("of copies that nobody marked the one that came first counts", async () => {
  const before = { dt: "2026-02-27", day: "2026-02-27", received_at: `${day}T09:00:00.000Z` };
  expect(await clicksOf(days, [click(), click(before)])).toEqual(["1", "none", "none"]);
  expect(await clicksOf(days, [click(), click({ ...before, received_at: `${day}T11:00:00.000Z` })])).toEqual([
    "none",
    "1",
    "none",
  ]);
});

test("of copies that came at the same time the one on the earlier day counts", async () => {
  const next = { dt: "2026-03-01", day: "2026-03-01" };
  expect(await clicksOf(days, [click(next), click()])).toEqual(["none", "1", "none"]);
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
  expect(await rollUp()).toContain(`revenue | currency | KRW |  | ${BigInt(most) * 2048n}`);
});

test("a day without events has an empty rollup", async () => {
  await lake.clear();
  expect(await rollUp()).toEqual([]);
});

test("a catalog of one metric compiles without the columns of others", async () => {
  const [one] = [defineMetric({ name: "taps", title: "Taps", on: ["click"], value: { kind: "count" }, by: ["app"] })];
  await lake.clear();
  await lake.add([click()]);
  const rows = await lake.ask(metricRollup([one], day));
  expect(rows.map(({ dimensions, keys, value }) => [dimensions, keys, value]).sort()).toEqual([
    ["", "", "1"],
    ["app", "web", "1"],
  ]);
  expect(metricRollup([one], day).text).not.toContain("currency");
});
