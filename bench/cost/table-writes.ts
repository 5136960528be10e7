/**
 * What counting costs in DynamoDB: a block per batch and day, the day's item, and a share of the folds that the block
 * becomes part of. A write takes one unit (WCU) per KB of the resulting item. Batches are counted and folded as the
 * stream function does it, with a table in memory. The ledger of requests additionally takes one item with the claims,
 * and one unit per page.
 */
import { catalog } from "../../src/metrics/catalog.ts";
import type { Metric } from "../../src/metrics/define-metric.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { claimsOf } from "../../src/stream/find-repeats.ts";
import { foldDay } from "../../src/stream/fold-blocks.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { sentRecords } from "../../src/stream/sent-records.ts";
import { writeBlocks } from "../../src/stream/write-blocks.ts";
import { expiryOf } from "../../src/table/blocks/frontier.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import type { Bench, Row } from "../report.ts";
import { createBatches, type StreamBatch, timezone } from "../traffic/batches.ts";
import { createMemoryStore } from "./memory-store.ts";

/** Means per batch: its events, the bytes of its block, and the units and calls of all writes. */
export type Writes = {
  events: number;
  blockBytes: number;
  blocks: number;
  heads: number;
  ledger: number;
  calls: number;
};

type Site = { postings: number; megabytes: number; batches: number };
const cases: (Site & { note: string; atMost?: number })[] = [
  { postings: 20, megabytes: 1, batches: 144, note: "a small site, batches of 1 MB" },
  { postings: 200, megabytes: 1, batches: 144, note: "as in all other benchmarks", atMost: 12 },
  { postings: 5_000, megabytes: 1, batches: 144, note: "a job board" },
  { postings: 200, megabytes: 0.5, batches: 288, note: "1,000,000 events a day in batches of a minute" },
  { postings: 200, megabytes: 0.083, batches: 1728, note: "1,000,000 events a day in batches of 10 s", atMost: 60 },
];

export const tableWrites: Bench = {
  title: "DynamoDB write units of counting: blocks, folds and ledgers",
  async run() {
    const rows: Row[] = [];
    for (const { note, atMost, ...site } of cases)
      rows.push(...toRows(await measureWrites(site), site, { note, atMost }));
    return rows;
  },
};

/** What batches write on average, including folds. */
export async function measureWrites({ postings, megabytes, batches }: Site, metrics = catalog): Promise<Writes> {
  const next = createBatches({ seed: 2, events: 20, megabytes, postings, from: Date.parse("2026-11-22T01:00:00Z") });
  const memory = createMemoryStore();
  let [events, blockBytes, ledger, pages] = [0, 0, 0, 0];
  for (let n = 0; n < batches; n++) {
    const batch = next();
    events += batch.events;
    const { bytes, claimUnits, ledgerPages } = await count(memory.store, batch, metrics);
    blockBytes += bytes;
    ledger += claimUnits + ledgerPages;
    pages += ledgerPages;
  }
  const { blocks, heads, state, calls } = memory.units;
  const mean = (sum: number) => sum / batches;
  return {
    events: mean(events),
    blockBytes: mean(blockBytes),
    blocks: mean(blocks),
    heads: mean(heads + state),
    ledger: mean(ledger),
    calls: mean(calls + pages) + 1,
  };
}

async function count(
  store: ReturnType<typeof createMemoryStore>["store"],
  { records }: StreamBatch,
  metrics: readonly Metric[],
) {
  const batch = readBatch(records);
  const { arrived } = batch;
  const expires = expiryOf(arrived);
  const days = countBatch(batch, new Map(), metrics, timezone).map(({ day, rows, sections }) => ({
    day,
    rows,
    block: packBlock({ arrived }, sections),
  }));
  for (const [day, frontier] of await writeBlocks(store, { batch: batch.id, expires, days }))
    await foldDay(store, { day, frontier }, { timezone, expires });
  const { claims, requestsByPage } = claimsOf(sentRecords(batch));
  return {
    bytes: days.reduce((sum, { block }) => sum + block.length, 0),
    claimUnits: Math.ceil((claims.length + 60) / 1024),
    ledgerPages: requestsByPage.size,
  };
}

function toRows(
  writes: Writes,
  { postings }: Site,
  { note, atMost }: { note: string; atMost: number | undefined },
): Row[] {
  const { events, blockBytes, blocks, heads, ledger } = writes;
  const per1000 = (units: number) => (units / events) * 1000;
  return [
    {
      what: `${postings} postings: units per 1,000 events`,
      measured: per1000(blocks + heads + ledger),
      unit: "WCU",
      note,
      ...(atMost !== undefined && { atMost }),
    },
    { what: "  of them blocks and folds", measured: per1000(blocks), unit: "WCU" },
    { what: "  days, ledger of requests", measured: per1000(heads + ledger), unit: "WCU" },
    { what: "  a batch's events", measured: events, unit: "events" },
    { what: "  its block", measured: blockBytes, unit: "bytes" },
  ];
}
