/**
 * What counting costs in DynamoDB: a write per distinct counter that a batch touches, whatever the number of its events. A write
 * takes one unit (WCU) per KB of the item after it, so the batches that an item remembers count too.
 */
import { catalog } from "../src/metrics/catalog.ts";
import { type CounterWrite, dayWrites, minuteWrites } from "../src/pipeline/counter-keys.ts";
import { countBatch, readBatch } from "../src/pipeline/stream.ts";
import { createBatches, type StreamBatch, timezone } from "./batches.ts";
import type { Bench, Row } from "./report.ts";

export type Writes = { events: number; writes: number; wcuFirst: number; wcuLast: number };

const SHARDS = 8;
/** An id of 11 characters in a set. */
const ID_BYTES = 12;
const FULL_SKETCH_BYTES = 3_073;
/** An item remembers the batches of two half hours. */
const REMEMBERED_SECONDS = 3600;
const cases = [
  { postings: 20, megabytes: 1, everySeconds: 10, note: "a small site, batches of 1 MB" },
  { postings: 200, megabytes: 1, everySeconds: 10, note: "as in all other benchmarks" },
  { postings: 5_000, megabytes: 1, everySeconds: 10, note: "a job board" },
  { postings: 200, megabytes: 0.5, everySeconds: 60, note: "1,000,000 events a day in batches of a minute" },
  { postings: 200, megabytes: 0.083, everySeconds: 10, note: "1,000,000 events a day in batches of 10 s" },
];

export const counterWrites: Bench = {
  title: "DynamoDB writes per batch, one for each distinct counter",
  async run() {
    return cases.flatMap(rowsOf);
  },
};

/** The writes of a batch, and their units for counters that are new and for ones that remember most batches. */
export function measureWrites({ postings, megabytes, everySeconds }: Omit<(typeof cases)[number], "note">): Writes {
  const batches = Array.from({ length: 4 }, createBatches({ seed: 2, events: 20, megabytes, postings }));
  const all = batches.map(writesOf);
  const mean = (of: (writes: CounterWrite[]) => number) => all.reduce((sum, one) => sum + of(one), 0) / all.length;
  const units = (remembered: number) =>
    mean((writes) => writes.reduce((sum, one) => sum + unitsOf(one, remembered), 0));
  return {
    events: batches.reduce((sum, batch) => sum + batch.events, 0) / batches.length,
    writes: mean((writes) => writes.length),
    wcuFirst: units(1),
    wcuLast: units(REMEMBERED_SECONDS / everySeconds / SHARDS),
  };
}

function rowsOf({ note, ...site }: (typeof cases)[number]): Row[] {
  const { events, writes, wcuFirst, wcuLast } = measureWrites(site);
  const first = (wcuFirst / events) * 1000;
  const last = (wcuLast / events) * 1000;
  return [
    { what: `${site.postings} postings: writes per batch`, measured: writes, unit: "writes", note },
    { what: "  its events", measured: events, unit: "events" },
    { what: "  units per 1,000 events, new items", measured: first, unit: "WCU" },
    { what: "  units per 1,000 events, hot items", measured: last, unit: "WCU" },
  ];
}

function writesOf({ records }: StreamBatch): CounterWrite[] {
  const batch = readBatch(records);
  const { days, minutes } = countBatch(batch, new Set(), catalog, timezone);
  const spread = { batch: batch.id, shards: SHARDS };
  return [...dayWrites(days, spread), ...minuteWrites(minutes, spread)];
}

/**
 * An item's size is that of its names and values, and 1 KB is 1,024 bytes; a number takes a byte for two digits, and one more.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
function unitsOf(write: CounterWrite, remembered: number): number {
  const { pk, sk, longKey = "" } = write.key;
  const keys =
    2 + Buffer.byteLength(pk) + 2 + Buffer.byteLength(sk) + Buffer.byteLength(longKey) + "expires".length + 6;
  if ("raise" in write) {
    const sketch = remembered > 1 ? FULL_SKETCH_BYTES : (write.raise(undefined)?.length ?? 0);
    return Math.ceil((keys + 3 + sketch) / 1024);
  }
  const seen = 2 * "seen_000000".length + remembered * ID_BYTES;
  return Math.ceil((keys + 1 + 1 + String(write.add).length / 2 + seen) / 1024);
}
