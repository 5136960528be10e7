/**
 * The visible blocks of a day, by name. The first character of a name is the tier: 0 for what one batch adds, and one
 * more for what blocks of the tier below were folded into. A block counts exactly when the day's ledger item names it.
 */
import { hash } from "node:crypto";
import { MINUTES, REJECTED } from "../../metrics/block.ts";
import { addDays } from "../../metrics/time-bucket.ts";
import type { LastSeen } from "../days/source-counts.ts";

/** What a day's ledger item says about its blocks. */
export type Frontier = {
  names: readonly string[];
  /** Increases with each fold. */
  folds: number;
  /** Increases with each block of events. */
  version: number;
  /** Increases with each block of a batch that also adds to other days. */
  joint: number;
  /** Whether the state item lists the day as open. */
  isMarked: boolean;
  /** Batches that an older release counted in items of its own, which must be read as well. */
  oldBatches: readonly string[];
  /** When the last row of each source arrived. */
  lastSeen?: LastSeen;
};

export const noBlocks: Frontier = { names: [], folds: 0, version: 0, joint: 0, isMarked: false, oldBatches: [] };

/** How many blocks of a tier are folded into one of the next. */
const FAN = 12;
const HIGHEST_TIER = 9;
/**
 * From this tier on, each group of a block is an item of its own, so that a question reads only the groups it needs.
 */
const FIRST_GROUPED_TIER = 2;
/** A day that could not be folded for a long time is folded in steps of this many blocks. */
const MOST_AT_ONCE = 48;

/** Longer than it takes to seal a day, even when the batch layer was down for weeks. */
export const KEPT_DAYS = 35;

/** When a block expires (epoch seconds), given when its newest record arrived (epoch ms). */
export function expiryOf(arrived: number): number {
  return Math.ceil(arrived / 1000) + KEPT_DAYS * 86_400;
}

/** The name of the block that a batch adds to a day. */
export function leafName(batch: string): string {
  return `0${batch}`;
}

/** The name of the fold of these blocks; it depends on their names alone. */
export function foldName(names: readonly string[]): string {
  const tier = tierOf(names[0] ?? "") + 1;
  return `${tier}${hash("sha256", [...names].sort().join(), "buffer").toString("base64url", 0, 8)}`;
}

export function tierOf(name: string): number {
  return Number(name[0]);
}

export function isGrouped(name: string): boolean {
  return tierOf(name) >= FIRST_GROUPED_TIER;
}

/** How many blocks make a fold; `leafFan` applies to the blocks of single batches. */
export type Fans = { fan?: number | undefined; leafFan?: number | undefined };

/** The blocks to fold: all names of the lowest tier that has enough of them, in order; undefined when no tier has. */
export function namesToFold({ names }: Frontier, { fan = FAN, leafFan = fan }: Fans = {}): string[] | undefined {
  const tiers = [...Map.groupBy(names, tierOf)].sort(([a], [b]) => a - b);
  const full = tiers.find(([tier, some]) => tier < HIGHEST_TIER && some.length >= (tier === 0 ? leafFan : fan));
  return full?.[1].toSorted().slice(0, MOST_AT_ONCE);
}

/**
 * How a batch folds a day that was over long before it arrived (`today` is the day of its arrival). An import leaves a
 * few blocks on each of thousands of days, too few to fold, and a question over all of these days would read every one
 * of them. So two blocks are enough there.
 */
export function fansOf(day: string, today: string): Fans {
  return day < addDays(today, -1) ? { leafFan: 2 } : {};
}

/** The group that a block of a higher tier holds itself: live minutes, and the counts of rejected events. */
export const OWN_GROUP = "";

/**
 * The group of a section in a block of a higher tier: sums are grouped by metric; sketches, which are large, by metric
 * and breakdown.
 */
export function groupOf({
  metric,
  breakdown,
  isDistinct,
}: {
  metric: string;
  breakdown: string;
  isDistinct: boolean;
}): string {
  if (breakdown === MINUTES || metric === REJECTED) return OWN_GROUP;
  return isDistinct ? `${metric}#${breakdown}` : metric;
}
