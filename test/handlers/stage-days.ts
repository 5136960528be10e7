/**
 * A stage for the tests of one file, each of which has its own day, a fortnight after that of the previous test. Call
 * `useStage` once; `stage` and `day` are then those of the running test.
 */
import { afterAll, afterEach, beforeAll, beforeEach, vi } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { type Stage, startStage } from "./local-stage.ts";

export let stage: Stage;
export let day = "2026-02-14";

export function useStage(): void {
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage[Symbol.asyncDispose]());
  beforeEach(() => {
    day = addDays(day, 14);
    at(`${day}T12:00`);
    stage.setRemaining(900_000);
  });
  afterEach(() => {
    stage.faults.set([]);
    vi.useRealTimers();
  });
}

export const next = () => addDays(day, 1);

/** Sets the clock to a time in Seoul. */
export function at(local: string): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(`${local}:00+09:00`) });
}

/** Clicks on the test's day. */
export function clicks(count: number, changes: Parameters<typeof clickRow>[0] = {}) {
  return Array.from({ length: count }, () => clickRow({ occurred_at: `${day}T03:00:00.000Z`, ...changes }));
}

/** Total, history, realtime. */
export async function clicksOf(of = day): Promise<number[]> {
  const { body } = await stage.get(`/v1/metrics/clicks?from=${of}&to=${of}`);
  return [body.total, body.history, body.realtime];
}

export async function item(of = day) {
  return (await stage.ledger.getDays([of])).get(of);
}

export const isOpen = async (of = day) => (await stage.ledger.readState()).open.has(of);

/** Runs the batch every hour from a time in Seoul, the last time `hours` later; returns the last run's result. */
export async function batchHourly(from: string, hours: number) {
  const start = Date.parse(`${from}:00+09:00`);
  for (let hour = 0; ; hour++) {
    vi.setSystemTime(start + hour * 3_600_000);
    const run = await stage.batch();
    if (hour === hours) return run;
  }
}
