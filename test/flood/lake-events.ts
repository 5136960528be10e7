/** What is in a home's lake after a rush, read directly from its files, so independently of what is tested. */
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { RushResult } from "./rush.ts";

export type LakeEvents = {
  /** Events that count, by name. */
  byName: Record<string, number>;
  /** Requests that were answered 202 and are not there with each event exactly once. */
  wrong: string[];
  /** Requests that are there although their sender was not told so: allowed, but only once. */
  unacknowledged: number;
};

/** Compares the lake with what was answered 202; each request had `events` events, whose ids end with its number. */
export async function readLakeEvents(home: string, rushes: readonly RushResult[], events: number): Promise<LakeEvents> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const files = join(home, "s3", "*", "events", "*", "*.parquet").replaceAll("'", "''");
  const from = `from read_parquet('${files}', union_by_name = true) where is_copy is not true`;
  const bySequence = await rows(
    `select substr(event_id, 25) as key, count(*)::int as n, count(distinct event_id)::int as ids ${from} group by 1`,
  );
  const byName = await rows(`select name as key, count(distinct event_id)::int as n, 0 as ids ${from} group by 1`);
  connection.closeSync();
  instance.closeSync();
  const found = new Map(bySequence.map(({ key, n, ids }) => [Number.parseInt(key, 16), { n, ids }]));
  const acknowledged = new Set(rushes.flatMap((rush) => rush.acknowledged));
  const wrong = [...acknowledged].flatMap((sequence) => {
    const { n = 0, ids = 0 } = found.get(sequence) ?? {};
    return n === events && ids === events ? [] : [`request ${sequence}: ${n} rows, ${ids} ids, not ${events}`];
  });
  for (const [sequence, { n }] of found)
    if (!acknowledged.has(sequence) && n !== events) wrong.push(`request ${sequence}, unanswered: ${n} rows`);
  const unacknowledged = [...found.keys()].filter((sequence) => !acknowledged.has(sequence)).length;
  return { byName: Object.fromEntries(byName.map(({ key, n }) => [key, n])), wrong, unacknowledged };

  async function rows(sql: string): Promise<{ key: string; n: number; ids: number }[]> {
    const result = await connection.runAndReadAll(sql);
    return result.getRowObjectsJS() as { key: string; n: number; ids: number }[];
  }
}
