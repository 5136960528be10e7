/**
 * Where counters stand: the key of each increment's item, and what its write does. A day's counter and a live minute's differ
 * only in their keys. See docs/design.md for the table as a whole.
 */
import { hash } from "node:crypto";
import { covers, decodeSketch, encodeSketch, mergeSketches, type Sketch } from "../metrics/distinct-sketch.ts";
import type { Increment } from "../metrics/increments.ts";
import { mergePartials, type Partial } from "../metrics/merge.ts";

/** An item's key. `longKey` is the counter's key where it was too long to stand in `sk`. */
export type CounterKey = { pk: string; sk: string; longKey?: string };

/** To add a number, or to raise an item's bytes: `raise` gives the new bytes, or undefined when there is nothing new. */
export type CounterWrite =
  | { key: CounterKey; add: bigint }
  | { key: CounterKey; raise: (known: Uint8Array | undefined) => Uint8Array | undefined };

/** One item as it is read: its counter's key and what its shard holds. */
export type CounterPart = { sk: string; longKey?: string; value: bigint | Uint8Array };

/** The batch that writes come from, and over how many items each counter is spread. */
type Spread = { batch: string; shards: number };

/** DynamoDB's limit for a sort key is 1,024 bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const LONGEST_KEY_BYTES = 800;

/** The writes that apply increments to days. Each counter is spread over `shards` items by batch: see docs/design.md. */
export function dayWrites(increments: readonly Increment[], { batch, shards }: Spread): CounterWrite[] {
  const shard = shardOf(batch, shards);
  return increments.map(({ bucket, metric, set, key, value }) =>
    toWrite(dayPk(bucket, metric), set, key, shard, value),
  );
}

/** The writes that apply increments to live minutes, which keep a metric's total alone (of each unit). */
export function minuteWrites(increments: readonly Increment[], { batch, shards }: Spread): CounterWrite[] {
  const shard = shardOf(batch, shards);
  return increments.map(({ bucket, metric, key, value }) => toWrite(livePk(metric), bucket, key, shard, value));
}

/** The partition that holds a metric's counters of a day. */
export function dayPk(day: string, metric: string): string {
  return `${day}#${metric}`;
}

/** The partition that holds a metric's live minutes. */
export function livePk(metric: string): string {
  return `live#${metric}`;
}

/** What the sort keys of a combination's counters start with, of all keys or of one. */
export function setPrefix(set: string, key?: string): string {
  return key === undefined ? `${set}#` : `${set}#${shortKey(key)}#`;
}

/** A key too long for DynamoDB is replaced by its hash. `%` alone begins no escaped key, so the two cannot be confused. */
export function shortKey(key: string): string {
  return Buffer.byteLength(key) <= LONGEST_KEY_BYTES ? key : `%${hash("sha256", key)}`;
}

/** Counters by key, their shards added up. `set` is the combination, or the minute, that their sort keys start with. */
export function tallyParts(parts: Iterable<CounterPart>, set: string): Map<string, Partial> {
  const values = new Map<string, Partial>();
  for (const { sk, longKey, value } of parts) {
    const partial = typeof value === "bigint" ? value : decodeSketch(value);
    const key = longKey ?? sk.slice(set.length + 1, sk.lastIndexOf("#"));
    const known = values.get(key);
    values.set(key, known === undefined ? partial : mergePartials(known, partial));
  }
  return values;
}

function shardOf(batch: string, shards: number): number {
  return Number.parseInt(hash("sha256", batch).slice(0, 8), 16) % shards;
}

function toWrite(pk: string, set: string, key: string, shard: number, value: Partial): CounterWrite {
  const short = shortKey(key);
  const at = { pk, sk: `${set}#${short}#${shard}`, ...(short === key ? {} : { longKey: key }) };
  return typeof value === "bigint" ? { key: at, add: value } : { key: at, raise: (known) => raise(known, value) };
}

function raise(known: Uint8Array | undefined, part: Sketch): Uint8Array | undefined {
  if (known === undefined) return encodeSketch(part);
  const sketch = decodeSketch(known);
  return covers(sketch, part) ? undefined : encodeSketch(mergeSketches(sketch, part));
}
