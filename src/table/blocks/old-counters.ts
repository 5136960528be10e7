/**
 * Counters as the release before blocks wrote them: an item for each metric, breakdown, key and shard. Nothing writes
 * them any more. They are read for days that were open when the table was upgraded, until those days are sealed.
 */
import { hash } from "node:crypto";
import { decodeSketch } from "../../metrics/distinct-sketch.ts";
import { addTally, type Value } from "../../metrics/merge.ts";
import type { Item, Table } from "../table.ts";

/** One item as it is read. `longKey` is the counter's key if that was too long for `sk`. */
export type OldCounter = { sk: string; longKey?: string; value: bigint | Uint8Array };

const LONGEST_KEY_BYTES = 800;

export type OldCounters = ReturnType<typeof createOldCounters>;

/** Old counters in the table. */
export function createOldCounters(table: Pick<Table, "query">) {
  return {
    /** The counters of a partition whose sort keys lie between two texts, both included. */
    read: async (pk: string, from: string, to: string): Promise<OldCounter[]> =>
      (await table.query({ pk, between: [from, to] })).map(toCounter),
  };
}

function toCounter({ sk, n, s, k }: Item): OldCounter {
  const value = s?.B ?? BigInt(n?.N ?? 0);
  return { sk: sk?.S ?? "", value, ...(k?.S === undefined ? {} : { longKey: k.S }) };
}

/** The partition that holds a metric's counters for a day. */
export function oldDayPk(day: string, metric: string): string {
  return `${day}#${metric}`;
}

/** The partition that holds a metric's live minutes. */
export function oldLivePk(metric: string): string {
  return `live#${metric}`;
}

/** The prefix of the sort keys of a breakdown's counters, for all keys or for one. */
export function oldPrefix(breakdown: string, key?: string): string {
  return key === undefined ? `${breakdown}#` : `${breakdown}#${shortKey(key)}#`;
}

function shortKey(key: string): string {
  return Buffer.byteLength(key) <= LONGEST_KEY_BYTES ? key : `%${hash("sha256", key)}`;
}

/** Counters by key, with their shards added up. `breakdown` is the prefix of their sort keys. */
export function tallyOld(counters: Iterable<OldCounter>, breakdown: string): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const { sk, longKey, value } of counters) {
    const key = longKey ?? sk.slice(breakdown.length + 1, sk.lastIndexOf("#"));
    addTally(values, new Map([[key, typeof value === "bigint" ? value : decodeSketch(value)]]));
  }
  return values;
}
