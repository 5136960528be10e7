/**
 * What a list of the last minutes reads from DynamoDB. It is asked for again and again while a day is counted and
 * folded, by a function with an empty cache (`first`), and by one that keeps what it has read.
 */
import { catalog } from "../../src/metrics/catalog.ts";
import { createBlockCache } from "../../src/query/present/block-cache.ts";
import { readPresent } from "../../src/query/present/read-present.ts";
import { recentBlocks } from "../../src/query/present/recent-blocks.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { type Batch, readBatch } from "../../src/stream/read-batch.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { type BlockStore, itemId } from "../../src/table/blocks/block-store.ts";
import { expiryOf, noBlocks } from "../../src/table/blocks/frontier.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import type { Bench, Row } from "../report.ts";
import { createBatches, timezone } from "../traffic/batches.ts";
import { createMemoryStore } from "./memory-store.ts";

const day = "2026-11-22";
const start = Date.parse("2026-11-22T01:00:00Z");
const MINUTES = 30;
const EVERY_BATCHES = 7;

/** Enough batches for a fold of the third tier, and for the minutes to begin within one. */
const cases = [
  { name: "a million events a day, a batch every 10 s", megabytes: 0.083, everyMs: 10_000, batches: 2_000 },
  { name: "batches of 1 MB, one a second", megabytes: 1, everyMs: 1_000, batches: 2_200 },
];
const lists = [
  { name: "page views by path", metric: "page_views", breakdown: "path", isDistinct: false },
  { name: "visitors by path", metric: "visitors", breakdown: "path", isDistinct: true },
];

type Case = (typeof cases)[number];
type Memory = ReturnType<typeof createMemoryStore>;
type Read = { items: number; bytes: number; units: number };

export const liveReads: Bench = {
  title: "what a list of the last 30 minutes reads",
  async run({ full }) {
    const rows: Row[] = [];
    for (const one of full ? cases : cases.slice(0, 1)) rows.push(...(await measure(one)));
    return rows;
  },
};

async function measure({ name, megabytes, everyMs, batches }: Case): Promise<Row[]> {
  const memory = createMemoryStore();
  const next = createBatches({ seed: 2, events: 20, megabytes, postings: 200, from: start });
  const known = createBlockCache(100_000_000);
  const first = lists.map(() => [] as Read[]);
  const again: Read[] = [];
  for (let n = 0; n < batches; n++) {
    const now = start + n * everyMs;
    const records = next().records.map((record) => ({ ...record, approximateArrivalTimestamp: now }));
    await count(memory, readBatch(records));
    if (n % EVERY_BATCHES === 0)
      for (const [i, list] of lists.entries())
        first[i]?.push(await readList(memory, { list, now, cache: createBlockCache(100_000_000) }));
    for (const list of lists.slice(-1)) again.push(await readList(memory, { list, now, cache: known }));
  }
  const later = again.slice(again.length / 2);
  return [
    ...lists.flatMap((list, i) => toRows(`${name}: ${list.name}`, first[i] ?? [])),
    { what: "  with what was read before, per batch", measured: mean(later, "units"), unit: "RCU" },
  ];
}

async function count({ store }: Memory, batch: Batch): Promise<void> {
  const { id, arrived } = batch;
  const expires = expiryOf(arrived);
  const days = countBatch(batch, new Map(), catalog, timezone).map(({ rows, sections }) => {
    return { day, rows, block: packBlock({ arrived }, sections) };
  });
  for (const [of, frontier] of await writeBlocks(store, { batch: id, expires, days }))
    await foldDay(store, { day: of, frontier }, { timezone, expires });
}

type Asked = { list: (typeof lists)[number]; now: number; cache: ReturnType<typeof createBlockCache> };

async function readList({ store, heads }: Memory, { list, now, cache }: Asked): Promise<Read> {
  const read: Read = { items: 0, bytes: 0, units: 0 };
  const counting: Pick<BlockStore, "get"> = {
    async get(keys, isFresh) {
      const found = await store.get(keys, isFresh);
      for (const key of keys) {
        const bytes = found.get(itemId(key))?.length ?? 0;
        read.items++;
        read.bytes += bytes;
        // Half a unit per 4 KB, or a whole one for a strongly consistent read.
        read.units += (Math.max(1, Math.ceil(bytes / 4096)) * (isFresh ? 2 : 1)) / 2;
      }
      return found;
    },
  };
  const options = { store: counting, cache };
  const days = [{ day, frontier: heads.get(day) ?? noBlocks }];
  const recent = await recentBlocks(options, days, now - MINUTES * 60_000);
  await readPresent(options, recent.days, list);
  return read;
}

function toRows(what: string, reads: readonly Read[]): Row[] {
  const most = (of: keyof Read) => Math.max(...reads.map((read) => read[of]));
  return [
    { what: `${what}, first: items at most`, measured: most("items"), unit: "items" },
    { what: "  their bytes at most", measured: most("bytes") / 1024, unit: "KB" },
    { what: "  read units at most", measured: most("units"), unit: "RCU", atMost: 100 },
    { what: "  on average", measured: mean(reads, "units"), unit: "RCU" },
  ];
}

function mean(reads: readonly Read[], of: keyof Read): number {
  return reads.reduce((sum, read) => sum + read[of], 0) / reads.length;
}
