/**
 * The lists of the last minutes hold each batch that arrived since an instant once, and no other, in whatever order
 * batches arrive, are tried again and are folded; where an earlier release made folds, of what arrived since an instant
 * that they name.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMemoryStore } from "../../bench/cost/memory-store.ts";
import { toSection } from "../../src/metrics/block.ts";
import { createBlockCache } from "../../src/query/present/block-cache.ts";
import { readPresent } from "../../src/query/present/read-present.ts";
import { recentBlocks } from "../../src/query/present/recent-blocks.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { noBlocks, tierOf } from "../../src/table/blocks/frontier.ts";
import { packBlock, unpackBlock } from "../../src/table/blocks/packed-block.ts";
import { zone } from "../fixtures/event-rows.ts";
import { lawRuns } from "./law-runs.ts";

const days = ["2026-03-09", "2026-03-10"];
const start = Date.parse("2026-03-10T03:00:00Z");
const MINUTE = 60_000;

type Memory = ReturnType<typeof createMemoryStore>;
/** `after` is the time since the batch before, which is negative for one that comes late; `again` tries one again. */
type Step = { after: number; of: number; again: boolean };

const steps = fc.array(
  fc.record({
    after: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 2 }) }, fc.integer({ min: -50, max: 9 })),
    of: fc.integer({ min: 1, max: 3 }),
    again: fc.boolean(),
  }),
  { maxLength: 60 },
);

/** Batch `n` adds 2^n to one of three paths of its days, so that a sum shows which batches it includes. */
function batchOf(n: number, arrived: number, of: number) {
  const bit = 1n << BigInt(n);
  const sections = [
    toSection("page_views", "", new Map([["", bit]])),
    toSection("page_views", "path", new Map([[`/${n % 3}`, bit]])),
    toSection("visitors", "path", new Map([[`/${n % 3}`, new Map([[n, 1]])]])),
  ];
  const block = packBlock({ arrived }, sections);
  const batch = Buffer.from(`batch${String(n).padStart(3, "0")}`).toString("base64url");
  const touched = days.filter((_, i) => (of & (i + 1)) > 0);
  return { batch, expires: 5, days: touched.map((day) => ({ day, rows: 1, block })) };
}

async function write(memory: Memory, batch: ReturnType<typeof batchOf>, fan: number) {
  for (const [day, frontier] of await writeBlocks(memory.store, batch))
    await foldDay(memory.store, { day, frontier }, { timezone: zone, expires: 5, fan });
}

/** Writes the batches, each of which may be tried again at once and at the end; returns when each arrived, by day. */
async function play(memory: Memory, batches: readonly Step[], fan: number) {
  const arrivals = new Map(days.map((day) => [day, [] as { n: number; arrived: number }[]]));
  let arrived = start;
  const late = [];
  for (const [n, { after, of, again }] of batches.entries()) {
    arrived += after * MINUTE;
    const batch = batchOf(n, arrived, of);
    await write(memory, batch, fan);
    if (again) await write(memory, batch, fan);
    if (n % 4 === 0) late.push(batch);
    for (const { day } of batch.days) arrivals.get(day)?.push({ n, arrived });
  }
  for (const batch of late) await write(memory, batch, fan);
  return arrivals;
}

function frontiers({ heads }: Memory) {
  return days.map((day) => ({ day, frontier: heads.get(day) ?? noBlocks }));
}

async function listed(memory: Memory, since: number) {
  const options = { store: memory.store, cache: createBlockCache(1e6) };
  const recent = await recentBlocks(options, frontiers(memory), since);
  const read = async (metric: string, breakdown: string, isDistinct: boolean) =>
    (await readPresent(options, recent.days, { metric, breakdown, isDistinct })).get(days[1] ?? "") ?? new Map();
  const paths = await read("page_views", "path", false);
  const total = (await read("page_views", "", false)).get("") ?? 0n;
  return { since: recent.since, paths, total, visitors: await read("visitors", "path", true) };
}

/** What arrived since an instant, added up from the batches themselves. */
function expected(arrivals: Awaited<ReturnType<typeof play>>, since: number) {
  const paths = new Map<string, bigint>();
  const visitors = new Map<string, Map<number, number>>();
  for (const { n, arrived } of arrivals.get(days[1] ?? "") ?? []) {
    if (arrived < since) continue;
    const path = `/${n % 3}`;
    paths.set(path, (paths.get(path) ?? 0n) + (1n << BigInt(n)));
    visitors.set(path, new Map([...(visitors.get(path) ?? []), [n, 1]]));
  }
  return { paths, visitors, total: [...paths.values()].reduce((sum, value) => sum + value, 0n) };
}

test("each batch that arrived since an instant is in the lists once, and no other", async () => {
  const law = fc.asyncProperty(steps, fc.integer({ min: 2, max: 4 }), async (batches, fan) => {
    const memory = createMemoryStore();
    const arrivals = await play(memory, batches, fan);
    const times = [...arrivals.values()].flat().map(({ arrived }) => arrived);
    for (const since of new Set([start - 1, ...times, ...times.map((time) => time + 1)]))
      expect(await listed(memory, since)).toEqual({ since, ...expected(arrivals, since) });
  });
  await fc.assert(law, { numRuns: lawRuns });
});

test("folds of an earlier release are left out with all that arrived with or before them, and the answer says since when", async () => {
  const law = fc.asyncProperty(steps, steps, fc.integer({ min: 2, max: 3 }), async (before, after, fan) => {
    const memory = createMemoryStore();
    const old = [...(await play(memory, before, fan)).values()].flat().map(({ arrived }) => arrived);
    for (const item of memory.items.values()) forgetSources(item);
    const arrivals = await play(memory, [...before, ...after].slice(0, 60), fan);
    const times = [...arrivals.values()].flat().map(({ arrived }) => arrived);
    for (const since of [start - 100 * MINUTE, ...times]) {
      const answer = await listed(memory, since);
      expect(answer.since).toBeGreaterThanOrEqual(since);
      expect(answer).toEqual({ since: answer.since, ...expected(arrivals, answer.since) });
    }
    const next = Math.max(start, ...old) + 1;
    expect((await listed(memory, next)).since, "they do not matter once the time asked for is after them").toBe(next);
  });
  await fc.assert(law, { numRuns: lawRuns });
});

test("a hundred folds of any time are opened, and of more the answer says since when it is", async () => {
  for (const count of [100, 101]) {
    const memory = createMemoryStore();
    for (let n = 0; n < 2 * count; n++) {
      const batch = batchOf(n, start + (n % 2) * 60 * MINUTE, 2);
      for (const [day, frontier] of await writeBlocks(memory.store, batch))
        await foldDay(memory.store, { day, frontier }, { timezone: zone, expires: 5, fan: 1000, leafFan: 2 });
    }
    const { since, total } = await listed(memory, start + 1);
    const odd = Array.from({ length: count }, (_, i) => 1n << BigInt(2 * i + 1)).reduce((sum, bit) => sum + bit);
    expect([since, total]).toEqual(count === 100 ? [start + 1, odd] : [start + 60 * MINUTE + 1, 0n]);
  }
});

/** Makes a fold's item one of the release that did not say what a fold was made of. */
function forgetSources(item: { sk: string; body: Uint8Array }) {
  if (item.sk.includes("#") || tierOf(item.sk) === 0) return;
  const { arrived, groups, bounded, lacking, ...block } = unpackBlock(item.body);
  const facts = { arrived, ...(groups && { groups }), ...(bounded && { bounded }), ...(lacking && { lacking }) };
  const read = block.reader();
  const sections = block
    .sections()
    .map(({ metric, breakdown }) => toSection(metric, breakdown, read(metric, breakdown)));
  item.body = packBlock(facts, sections);
}
