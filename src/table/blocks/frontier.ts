/**
 * The visible blocks of a day, by name: the first character is the tier, 0 for what one batch adds, the next for what several of
 * the tier before were folded into. A block counts exactly when the day's ledger item names it.
 */
import { hash } from "node:crypto";
import { MINUTES, REJECTED } from "../../metrics/block.ts";
import { addDays } from "../../metrics/time-bucket.ts";

/** What a day's ledger item says of its blocks. */
export type Frontier = {
  names: readonly string[];
  /** Goes up with each fold. */
  folds: number;
  /** Goes up with each block of events. */
  version: number;
  /** Goes up with each block of a batch that adds to other days too. */
  joint: number;
  /** Whether the state item knows that the day is open. */
  isMarked: boolean;
  /** Batches that an older release counted in items of their own, which then have to be read as well. */
  oldBatches: readonly string[];
};

export const noBlocks: Frontier = { names: [], folds: 0, version: 0, joint: 0, isMarked: false, oldBatches: [] };

/** How many blocks of a tier are folded into one of the next. */
const FAN = 12;
const HIGHEST_TIER = 9;
/** From this tier on the parts of a block stand in items of their own, so that a question reads those it needs. */
const FIRST_GROUPED_TIER = 2;
/** A frontier that could not be folded for long is folded step by step. */
const MOST_AT_ONCE = 48;

/** Blocks outlive the seal of their day, and a batch layer that stood still for weeks. */
const KEPT_S = 35 * 86_400;

/** When a block may be forgotten whose newest record arrived then (epoch ms), in epoch seconds. */
export function expiryOf(arrived: number): number {
  return Math.ceil(arrived / 1000) + KEPT_S;
}

/** The name of what a batch adds to a day. */
export function leafName(batch: string): string {
  return `0${batch}`;
}

/** The name of what these are folded into; it follows from their names. */
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

/** How many blocks make a fold; `leafFan` is for those of single batches. */
export type Fans = { fan?: number | undefined; leafFan?: number | undefined };

/** What there is to fold: all names of the lowest tier that has enough of them, in order; undefined when there is nothing. */
export function namesToFold({ names }: Frontier, { fan = FAN, leafFan = fan }: Fans = {}): string[] | undefined {
  const tiers = [...Map.groupBy(names, tierOf)].sort(([a], [b]) => a - b);
  const full = tiers.find(([tier, some]) => tier < HIGHEST_TIER && some.length >= (tier === 0 ? leafFan : fan));
  return full?.[1].toSorted().slice(0, MOST_AT_ONCE);
}

/**
 * How a batch folds a day that is long over when it arrives (`today` is the day of its arrival). An import leaves a few blocks on each
 * of thousands of days, which would never be enough to fold, and a question over all of them would read them all: so two are.
 */
export function fansOf(day: string, today: string): Fans {
  return day < addDays(today, -1) ? { leafFan: 2 } : {};
}

/** Of what the block of a higher tier holds itself: live minutes, and the counts of rejected events. */
export const OWN_GROUP = "";

/** The group of a section in a block of a higher tier: sums by metric; sketches, which are large, also by breakdown. */
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
