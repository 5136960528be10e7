/**
 * The whole pipeline on this machine: HTTP requests of 20 events, answered when they are on disk, from a load generator
 * on the same cores. Afterwards every number must exactly match what was answered 202.
 */
import { setTimeout as wait } from "node:timers/promises";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { memoryOf, run } from "../process/child.ts";
import { ask, type Daymark, makeFolder, startDaymark } from "../process/daymark.ts";
import type { Bench, Row } from "../report.ts";
import type { LoadOptions, LoadResult } from "../traffic/load-generator.ts";

type Counts = Map<string, number>;
/**
 * `atLeast` is in requests/s: twice what one write per counter allowed on a small site, 3.5 times that on a large one.
 */
type Site = { seconds: number; postings: number; atLeast: number };

const EVENTS = 20;
/** A batch of 4,200 events has about 450 distinct counters on a site with 20 postings, and 2,100 on one with 200. */
const FEW = { postings: 20, atLeast: 834 };
const MANY = { postings: 200, atLeast: 693 };
const PATIENCE_MS = 120_000;
const metrics = { page_view: "page_views", impression: "impressions", click: "clicks", login: "logins" } as const;

export const endToEnd: Bench = {
  title: "local, from HTTP to durable, 20 events a request, load generator on the same machine",
  async run({ full }) {
    const rows = await measure({ seconds: full ? 60 : 20, ...FEW });
    return full ? [...rows, ...(await measure({ seconds: 60, ...MANY }))] : rows;
  },
};

async function measure(site: Site): Promise<Row[]> {
  await using home = await makeFolder();
  await using daymark = await startDaymark(home.path);
  const warmUp = await putLoad(daymark, { ...site, seconds: 5 }, 1);
  const load = await putLoad(daymark, site, 2);
  const expected = add(warmUp.accepted, load.accepted);
  const { wrong, waitedMs } = await waitForCounts(daymark, expected);
  return [...loadRows(load, site), ...(await memoryRows(daymark)), ...countRows(wrong, waitedMs, expected.size)];
}

async function putLoad({ url }: Daymark, { seconds, postings }: Site, seed: number): Promise<LoadResult> {
  const options: LoadOptions = { url, seconds, seed, postings, events: EVENTS, connections: 24 };
  const child = run(["bench/traffic/load-generator.ts", JSON.stringify(options)]);
  const code = await child.ended;
  if (code !== 0) throw new Error(`Cannot put load on Daymark: ${child.output()}`);
  return JSON.parse(child.output());
}

function add(...parts: Record<string, number>[]): Counts {
  const sum: Counts = new Map();
  for (const [key, count] of parts.flatMap((part) => Object.entries(part))) sum.set(key, (sum.get(key) ?? 0) + count);
  return sum;
}

/** Waits until nothing changes any more. Returns the counters that are wrong, and how long it took until none was. */
async function waitForCounts(daymark: Daymark, expected: Counts): Promise<{ wrong: string[]; waitedMs: number }> {
  const startedAt = performance.now();
  for (;;) {
    const actual = await readCounts(daymark);
    const wrong = [...expected].flatMap(([key, count]) =>
      actual.get(key) === count || !Object.hasOwn(metrics, key.split(" ")[0] ?? "")
        ? []
        : [`${key} is ${actual.get(key) ?? 0}, not ${count}`],
    );
    const waitedMs = performance.now() - startedAt;
    if (wrong.length === 0 || waitedMs > PATIENCE_MS) return { wrong, waitedMs };
    await wait(200);
  }
}

/** Today's totals by event name, and those of each target, named as the generator names them. */
async function readCounts({ url }: Daymark): Promise<Counts> {
  const today = new Date().toISOString().slice(0, 10);
  const counts: Counts = new Map();
  for (const [name, metric] of Object.entries(metrics)) {
    const by = name === "click" || name === "impression" ? "&by=target&limit=1000" : "";
    const answer = await ask(url, `/v1/metrics/${metric}?from=${addDays(today, -1)}&to=${addDays(today, 1)}${by}`);
    counts.set(name, Number(answer.total));
    for (const { key, value } of answer.groups ?? []) counts.set(`${name} ${key}`, value);
  }
  return counts;
}

function loadRows({ answers, seconds, latencyMs, cpuSeconds }: LoadResult, { postings, atLeast }: Site): Row[] {
  const accepted = (answers["202"] ?? 0) / seconds;
  const others = Object.entries(answers).flatMap(([status, n]) => (status === "202" ? [] : [`${n} × ${status}`]));
  const note = [`a site of ${postings} postings`, ...others].join(", ");
  return [
    { what: "requests answered 202", measured: accepted, unit: "requests/s", atLeast, note },
    { what: "  their events", measured: accepted * EVENTS, unit: "events/s" },
    { what: "  time to the answer, median", measured: latencyMs.median, unit: "ms" },
    { what: "  time to the answer, 99 %", measured: latencyMs.p99, unit: "ms" },
    { what: "  CPU of the load generator", measured: cpuSeconds / seconds, unit: "cores" },
  ];
}

async function memoryRows({ child }: Daymark): Promise<Row[]> {
  const memory = await memoryOf(child.process.pid);
  return memory === undefined ? [] : [{ what: "memory, peak", measured: memory.peak, unit: "MB", atMost: 500 }];
}

function countRows(wrong: readonly string[], waitedMs: number, counters: number): Row[] {
  const note = wrong.length > 0 ? wrong.slice(0, 3).join("; ") : `of ${counters}`;
  return [
    { what: "counters that are not exact afterwards", measured: wrong.length, unit: "counters", atMost: 0, note },
    { what: "  until they were exact, after the last answer", measured: waitedMs / 1000, unit: "s" },
  ];
}
