/**
 * The self-audit: when days are sealed, the numbers in their blocks are compared with those in their rollups, for every
 * metric and every breakdown. Both are made from the same events by code that shares nothing, so a difference is an
 * error in one of them. What cannot be equal is not compared: days that an erasure has changed, that were sealed with
 * rows missing, that an older release has partly counted, or whose blocks have expired; and breakdowns that were not
 * kept all day, or whose smaller values were added up.
 */
import { sectionName } from "../metrics/block.ts";
import { isOther } from "../metrics/bounded-tally.ts";
import { type Digest, type Drift, digestOf } from "../metrics/digest.ts";
import type { Tally } from "../metrics/merge.ts";
import type { BlockStore } from "../table/blocks/block-store.ts";
import type { Frontier } from "../table/blocks/frontier.ts";
import { readDay } from "../table/blocks/read-day.ts";

/** A day with its visible blocks, as it was sealed. */
export type AuditedDay = { day: string; frontier: Frontier; erasedRows?: number };
export type DayAudit = { day: string; drift: Drift[] };

type RollupDigest = { dt: string; metric: string; dimensions: string; total: string; weighted: string };
export type AuditOptions = {
  blocks: Pick<BlockStore, "get">;
  digests(days: readonly string[]): Promise<RollupDigest[]>;
};

const DAYS_AT_ONCE = 30;

/** The days that can be compared, each with its differences. Rejects when Athena or the table does. */
export async function auditDays(sealed: readonly AuditedDay[], { blocks, digests }: AuditOptions): Promise<DayAudit[]> {
  const days = sealed.filter(canCompare);
  const audits: DayAudit[] = [];
  for (let at = 0; at < days.length; at += DAYS_AT_ONCE) {
    const some = days.slice(at, at + DAYS_AT_ONCE);
    const rollups = Map.groupBy(await digests(some.map(({ day }) => day)), ({ dt }) => dt);
    for (const { day, frontier } of some) {
      const live = await readLive(blocks, { day, names: frontier.names });
      if (live !== undefined) audits.push({ day, drift: compare(live, rollups.get(day) ?? []) });
    }
  }
  return audits;
}

function canCompare({ erasedRows = 0, frontier }: AuditedDay): boolean {
  return erasedRows === 0 && frontier.oldBatches.length === 0 && frontier.names.length > 0;
}

/** `isWhole`: the blocks hold every value of it, each separately. */
type Live = { metric: string; dimensions: string; digest: Digest; isWhole: boolean };

async function readLive(
  blocks: AuditOptions["blocks"],
  day: { day: string; names: readonly string[] },
): Promise<Map<string, Live> | undefined> {
  const live = new Map<string, Live>();
  const isWhole = await readDay(blocks, day, ({ name, metric, breakdown, sum, isPartial }) => {
    live.set(name, { metric, dimensions: breakdown, digest: digestOf(sum), isWhole: !isPartial && isApart(sum) });
  });
  return isWhole ? live : undefined;
}

function isApart(tally: Tally): boolean {
  for (const key of tally.keys()) if (isOther(key)) return false;
  return true;
}

function compare(live: ReadonlyMap<string, Live>, rollup: readonly RollupDigest[]): Drift[] {
  const history = new Map(rollup.map((row) => [sectionName(row.metric, row.dimensions), row]));
  const metrics = new Set([...live.values()].map(({ metric }) => metric));
  const names = [...new Set([...live.keys(), ...history.keys()])].sort();
  return names.flatMap((name) => {
    const [ours, theirs] = [live.get(name), history.get(name)];
    // Blocks that hold the metric without this breakdown were written before the breakdown was kept.
    if (ours === undefined ? metrics.has(theirs?.metric ?? "") : !ours.isWhole) return [];
    const [total, weighted] = [BigInt(theirs?.total ?? 0), BigInt(theirs?.weighted ?? 0)];
    const digest = ours?.digest ?? { total: 0n, weighted: 0n };
    if (digest.total === total && digest.weighted === weighted) return [];
    const { metric, dimensions } = ours ?? theirs ?? { metric: name, dimensions: "" };
    return [{ metric, dimensions, live: String(digest.total), history: String(total) }];
  });
}
