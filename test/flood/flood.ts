/**
 * Measures what a running pipeline sustains, floods it with ten times as much, and then checks that everything it
 * acknowledged is there once, in the counters and in the lake; how long the counters took to catch up; and how much
 * memory it needed.
 */
import { setTimeout as wait } from "node:timers/promises";
import { memoryOf, run } from "../../bench/process/child.ts";
import { ask, type Daymark, makeFolder, startDaymark } from "../../bench/process/daymark.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { type LakeEvents, readLakeEvents } from "./lake-events.ts";
import type { RushOptions, RushResult } from "./rush.ts";

export type FloodOptions = { seconds: number; measureSeconds: number; times: number; say?: (line: string) => void };
export type FloodResult = {
  /** Requests per second, each of 20 events. */
  sustainable: number;
  rush: RushResult;
  /** Time from the last answer until the counters reached their final values. */
  caughtUpAfterMs: number;
  counters: Record<string, number>;
  lake: LakeEvents;
  peakMB: number | undefined;
};

const EVENTS = 20;
const CALM_CONNECTIONS = 24;
const RUSH_CONNECTIONS = 1500;
const PATIENCE_MS = 300_000;
const metrics = { page_view: "page_views", impression: "impressions", click: "clicks", login: "logins" } as const;

export async function flood({ seconds, measureSeconds, times, say = () => {} }: FloodOptions): Promise<FloodResult> {
  await using home = await makeFolder();
  await using daymark = await startDaymark(home.path);
  const common = { url: daymark.url, events: EVENTS };
  const most = { connections: CALM_CONNECTIONS, rate: 1_000_000 };
  const warmUp = await startRush({ ...common, ...most, seconds: 3, seed: 1, first: 1 });
  const calm = await startRush({ ...common, ...most, seconds: measureSeconds, seed: 2, first: 2 ** 30 });
  const sustainable = calm.acknowledged.length / calm.seconds;
  say(`sustainable: ${sustainable.toFixed(0)} requests/s, ${(sustainable * EVENTS).toFixed(0)} events/s`);
  const rate = sustainable * times;
  const rush = await startRush({ ...common, rate, seconds, seed: 3, first: 2 ** 32, connections: RUSH_CONNECTIONS });
  say(`flooded with ${rate.toFixed(0)} requests/s for ${seconds} s`);
  const { counters, caughtUpAfterMs } = await waitForCounters(daymark);
  say(`the counters have caught up after ${(caughtUpAfterMs / 1000).toFixed(1)} s`);
  const memory = await memoryOf(daymark.child.process.pid);
  await daymark[Symbol.asyncDispose]();
  const lake = await readLakeEvents(home.path, [warmUp, calm, rush], EVENTS);
  return { sustainable, rush, caughtUpAfterMs, counters, lake, peakMB: memory?.peak };
}

async function startRush(options: RushOptions): Promise<RushResult> {
  const child = run(["test/flood/rush.ts", JSON.stringify(options)]);
  const code = await child.ended;
  if (code !== 0) throw new Error(`Cannot flood: ${child.output()}`);
  return JSON.parse(child.output());
}

/** Reads the counters until they have not changed for longer than the stream buffers. */
async function waitForCounters(
  daymark: Daymark,
): Promise<{ counters: Record<string, number>; caughtUpAfterMs: number }> {
  const startedAt = performance.now();
  let movedAt = startedAt;
  let counters = await readCounters(daymark);
  while (performance.now() - movedAt < 8_000 && performance.now() - startedAt < PATIENCE_MS) {
    await wait(500);
    const now = await readCounters(daymark);
    if (JSON.stringify(now) !== JSON.stringify(counters)) movedAt = performance.now();
    counters = now;
  }
  return { counters, caughtUpAfterMs: movedAt - startedAt };
}

async function readCounters({ url }: Daymark): Promise<Record<string, number>> {
  const today = new Date().toISOString().slice(0, 10);
  const range = `from=${addDays(today, -1)}&to=${addDays(today, 1)}`;
  const totals = Object.entries(metrics).map(async ([name, metric]) => {
    const { total } = await ask(url, `/v1/metrics/${metric}?${range}`);
    return [name, Number(total)] as const;
  });
  return Object.fromEntries(await Promise.all(totals));
}

/** The promises that a flood broke. */
export function failuresOf({ rush, counters, lake, caughtUpAfterMs }: FloodResult): string[] {
  const strange = Object.entries(rush.answers).filter(([status]) => !["202", "429", "503"].includes(status));
  const counted = Object.entries(counters).filter(([name, total]) => total !== (lake.byName[name] ?? 0));
  return [
    ...(rush.acknowledged.length === 0 ? ["not one request was acknowledged"] : []),
    ...strange.map(([status, count]) => `${count} requests were answered ${status}`),
    ...(rush.withoutRetryAfter > 0 ? [`${rush.withoutRetryAfter} answers say not when to try again`] : []),
    ...lake.wrong.slice(0, 5),
    ...(lake.wrong.length > 5 ? [`and ${lake.wrong.length - 5} requests more`] : []),
    ...counted.map(([name, total]) => `counters say ${total} ${name}, the lake ${lake.byName[name]}`),
    ...(caughtUpAfterMs > 60_000 ? [`the counters took ${(caughtUpAfterMs / 1000).toFixed(0)} s to catch up`] : []),
  ];
}
