/**
 * Numbers are true at any instant: after each step of any history of requests, deliveries, batch runs (two at once, or
 * dying anywhere) and hours that pass, every number equals what was sent.
 */
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { addTo, coordinatesOf, estimate, type Sketch } from "../../src/metrics/distinct-sketch.ts";
import { addDays, dayOf, daysBetween } from "../../src/metrics/time-bucket.ts";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import type { FirehoseResult } from "../../src/stream/answer-batch.ts";
import { clickRow, zone } from "../fixtures/event-rows.ts";
import { lawRuns } from "../laws/law-runs.ts";
import { type Stage, startStage } from "./local-stage.ts";

const HOUR = 3_600_000;
let stage: Stage;
let start = Date.parse("2026-02-01T12:00:00+09:00");

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
afterEach(() => {
  stage.faults.set([]);
  vi.useRealTimers();
});

type Step =
  | { do: "send"; daysAgo: number; targets: string[]; visitors: number[]; isHeld: boolean; isRepeated: boolean }
  | { do: "deliver" }
  | { do: "batch"; times: number }
  | { do: "die"; when: "before" | "after"; skip: number }
  | { do: "fail"; point: string }
  | { do: "wait"; hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("send" as const),
      daysAgo: fc.constantFrom(0, 0, 0, 1, 1, 2, 9),
      targets: fc.array(fc.constantFrom("a", "b", "c+d", ""), { minLength: 1, maxLength: 4 }),
      visitors: fc.array(fc.nat(20), { minLength: 4, maxLength: 4 }),
      isHeld: fc.boolean(),
      isRepeated: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "deliver" as const }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("batch" as const), times: fc.constantFrom(1, 1, 2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("die" as const),
      when: fc.constantFrom("before" as const, "after" as const),
      skip: fc.nat(12),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("fail" as const),
      point: fc.constantFrom(
        "athena.unload.partial",
        "athena.unload.after",
        "athena.alter.before",
        "athena.alter.after",
      ),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 14 }) }) },
);

/** What was sent, and what of it has not yet arrived in the lake. */
type World = { sent: EventRow[]; held: FirehoseResult[]; now: number };

const act: { [K in Step["do"]]: (step: Extract<Step, { do: K }>, world: World) => Promise<void> } = {
  async send({ daysAgo, targets, visitors, isHeld, isRepeated }, world) {
    const occurred_at = new Date(world.now - daysAgo * 24 * HOUR).toISOString();
    const rows = targets.map((target, i) => clickRow({ target, visitor_id: `v${visitors[i]}`, occurred_at }));
    world.sent.push(...rows);
    world.held.push(...(await stage.stream(rows)));
    if (isRepeated) world.held.push(...(await stage.stream(rows.map((row) => repeat(row)))));
    if (!isHeld) await act.deliver({ do: "deliver" }, world);
  },
  async deliver(_, world) {
    await stage.deliver(world.held.splice(0));
  },
  async batch({ times }) {
    await Promise.all(Array.from({ length: times }, () => stage.batch().catch(() => {})));
  },
  async die({ when, skip }) {
    const error = { action: "error", status: 400, code: "ValidationException" };
    stage.faults.set([{ point: `dynamodb.${when}`, ...error, skip }]);
    await stage.batch().catch(() => {});
    stage.faults.set([]);
  },
  async fail({ point }) {
    stage.faults.set([{ point, action: "error", status: 400, code: "InternalError", times: 1 }]);
    await stage.batch().catch(() => {});
    stage.faults.set([]);
  },
  async wait({ hours }, world) {
    // What is held for longer than the deadline is short by design; here everything arrives in time.
    await act.deliver({ do: "deliver" }, world);
    world.now += hours * HOUR;
    vi.setSystemTime(world.now);
  },
};

/**
 * The same request when it comes again: received later, and with another correction of its clock, perhaps on another
 * day.
 */
function repeat(row: EventRow): EventRow {
  const occurred = Math.min(Date.parse(row.occurred_at) + HOUR, Date.now());
  const received_at = new Date(Date.parse(row.received_at) + 1000).toISOString();
  return { ...row, received_at, occurred_at: new Date(occurred).toISOString(), day: dayOf(occurred, zone) };
}

function truth(sent: readonly EventRow[], from: string, to: string) {
  const days = daysBetween(from, to);
  const on = (day: string) => sent.filter((row) => row.day === day);
  const targets = Map.groupBy(sent, ({ target = "" }) => target);
  const groups = [...targets].map(([key, rows]) => ({ key, value: rows.length }));
  return {
    clicks: sent.length,
    byDay: days.map((day) => ({ day, value: on(day).length })),
    byTarget: groups.sort((a, b) => b.value - a.value || (a.key < b.key ? -1 : 1)),
    visitors: distinct(sent),
    visitorsByDay: days.map((day) => ({ day, value: distinct(on(day)) })),
  };
}

function distinct(rows: readonly EventRow[]): number {
  const sketch: Sketch = new Map();
  for (const { visitor_id } of rows) if (visitor_id !== undefined) addTo(sketch, coordinatesOf(visitor_id));
  return estimate(sketch);
}

async function answers(from: string, to: string) {
  const range = `from=${from}&to=${to}&interval=day`;
  const clicks = await stage.get(`/v1/metrics/clicks?${range}&by=target`);
  const visitors = await stage.get(`/v1/metrics/visitors?${range}`);
  expect([clicks.status, visitors.status]).toEqual([200, 200]);
  expect(clicks.body.history + clicks.body.realtime).toBe(clicks.body.total);
  return {
    clicks: clicks.body.total,
    byDay: clicks.body.series,
    byTarget: clicks.body.groups,
    visitors: visitors.body.total,
    visitorsByDay: visitors.body.series,
  };
}

test("every number equals what was sent, after every step", { timeout: 1_800_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      start += 40 * 24 * HOUR;
      const world: World = { sent: [], held: [], now: start };
      vi.useFakeTimers({ toFake: ["Date"], now: start });
      for (const one of steps) {
        await (act[one.do] as (step: Step, world: World) => Promise<void>)(one, world);
        if (world.now - start > 5 * 24 * HOUR) break;
        const [from, to] = [addDays(dayOf(start, zone), -12), dayOf(world.now, zone)];
        expect(await answers(from, to)).toEqual(truth(world.sent, from, to));
      }
    }),
    { numRuns: Math.ceil(lawRuns / 50), interruptAfterTimeLimit: 1_500_000, markInterruptAsFailure: true },
  );
});
