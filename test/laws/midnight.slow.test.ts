/**
 * A midnight in Seoul, simulated second by second: events, requests sent again across midnight, a lake that is minutes
 * behind, batch runs before, at and after the seal, late events. A query at any moment, even while the batch is
 * sealing, returns exactly what the stream has counted: never too few, double or falling.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { addDays } from "../../src/metrics/time-bucket.ts";
import type { FirehoseResult } from "../../src/stream/answer-batch.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { type Stage, startStage } from "../handlers/local-stage.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** Five, or as many as MIDNIGHTS says. */
const midnights = Number(process.env.MIDNIGHTS ?? 5);
const seeds = Array.from({ length: midnights }, (_, i) => i + 1);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());

/** A small seeded generator (mulberry32) of numbers from 0 to 1. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

type Later = { at: number; records: readonly FirehoseResult[] };

it.each(seeds)(
  "a total is exact from 23:58 to after the seal (seed %i)",
  async (seed) => {
    const chance = random(seed);
    const day = addDays("2026-03-09", 31 * seed);
    const next = addDays(day, 1);
    const midnight = Date.parse(`${next}T00:00:00+09:00`);
    const target = randomUUID();
    const counted = { all: 0, [day]: 0, [next]: 0 };
    const truth = { events: new Map<string, string>() };
    let lake: Later[] = [];
    let highest = 0;
    let readings = 0;

    const setClock = (now: number) => vi.useFakeTimers({ toFake: ["Date"], now });
    /** One request of one or two events, and sometimes the same request again some seconds later, with later times. */
    async function send(now: number, straddles = false) {
      const batch_id = randomUUID();
      const ids = chance() < 0.5 ? [randomUUID()] : [randomUUID(), randomUUID()];
      const rowsAt = (time: number) => {
        const iso = new Date(time).toISOString();
        return ids.map((event_id) => clickRow({ target, batch_id, event_id, occurred_at: iso, received_at: iso }));
      };
      const first = rowsAt(now);
      const again = straddles || chance() < 0.3;
      const requests = again ? [first, rowsAt(now + (10 + Math.floor(chance() * 20)) * SECOND)] : [first];
      if (straddles || chance() < 0.3) requests.reverse();
      for (const request of requests) {
        const records = await stage.stream(request);
        lake.push({ at: now + (5 + chance() * 400) * SECOND, records });
        for (const row of request) if (!truth.events.has(row.event_id)) truth.events.set(row.event_id, row.day);
      }
      counted.all = truth.events.size;
      for (const one of [day, next]) counted[one] = [...truth.events.values()].filter((of) => of === one).length;
    }
    async function deliver(now: number) {
      for (const { records } of lake.filter(({ at }) => at <= now)) await stage.deliver(records);
      lake = lake.filter(({ at }) => at > now);
    }
    async function totalOf(from: string, to: string) {
      const { status, body } = await stage.get(`/v1/metrics/clicks?from=${from}&to=${to}&target=${target}`);
      expect([status, body]).toEqual([200, expect.objectContaining({ metric: "clicks" })]);
      expect(body.total).toBe(body.history + body.realtime);
      return body;
    }
    async function check() {
      const both = await totalOf("2020-01-01", next);
      expect(both.total).toBe(counted.all);
      expect(both.total).toBeGreaterThanOrEqual(highest);
      highest = both.total;
      readings++;
    }
    async function checkDays() {
      expect((await totalOf(day, day)).total).toBe(counted[day]);
      expect((await totalOf(next, next)).total).toBe(counted[next]);
    }
    /** Runs the batch, and asks questions all the while. */
    async function seal() {
      let done = false;
      const run = stage.batch().finally(() => {
        done = true;
      });
      while (!done) await check();
      return await run;
    }

    for (let now = midnight - 2 * MINUTE; now <= midnight + 60 * SECOND; now += SECOND) {
      setClock(now);
      // Five seconds before midnight, the stream first gets the copy that was received after midnight.
      await send(now, now === midnight - 5 * SECOND);
      await deliver(now);
      await check();
      if (now % (20 * SECOND) === 0) await checkDays();
      if (now === midnight + 30 * SECOND) expect((await seal()).sealed).not.toContain(day);
    }
    for (let now = midnight + 90 * SECOND; now <= midnight + 20 * MINUTE; now += 30 * SECOND) {
      setClock(now);
      await deliver(now);
      await check();
      if (now === midnight + 15 * MINUTE) expect((await seal()).sealed).toContain(day);
    }
    const sealed = await totalOf(day, day);
    expect([sealed.history, sealed.realtime, sealed.sealed_through]).toEqual([counted[day], 0, day]);

    // Late events open the day again, count immediately, and are in its next rollup.
    setClock(midnight + 21 * MINUTE);
    await send(midnight - 3 * SECOND);
    await check();
    await deliver(midnight + 60 * MINUTE);
    expect((await seal()).sealed).toContain(day);
    await check();
    await checkDays();
    expect((await totalOf(day, day)).realtime).toBe(0);
    expect(readings).toBeGreaterThan(200);
    vi.useRealTimers();
  },
  600_000,
);
