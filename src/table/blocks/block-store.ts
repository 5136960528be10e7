/**
 * The speed layer's reads and writes. `stored-blocks.ts` implements them on the table. Every method rejects with the
 * SDK's errors.
 */
import type { SourceCount } from "../days/source-counts.ts";
import type { Frontier } from "./frontier.ts";
import type { BlockItem } from "./packed-block.ts";

/** The address of an item: a day, and a sort key within it. */
export type BlockKey = { day: string; sk: string };
/** `expires` in epoch seconds. */
export type StoredItem = BlockItem & { day: string; expires: number };

/**
 * A block to make visible, with the day's frontier as it was read. `rows` is how many rows the block adds to the day's
 * `seen`, `robots` how many events of robots are among them that no metric counts, `sources` what came
 * from each source.
 */
export type NewName = {
  day: string;
  name: string;
  rows: number;
  robots?: number;
  sources?: readonly SourceCount[];
  known: Frontier;
  isJoint: boolean;
};

export type BlockStore = {
  frontiers(days: readonly string[]): Promise<Map<string, Frontier>>;
  /** Writes an item unless it exists; returns false if it does. */
  putOnce(item: StoredItem): Promise<boolean>;
  put(item: StoredItem): Promise<void>;
  /**
   * Items by the `itemId` of their keys; missing items are left out. `isFresh` also sees the latest writes, at twice
   * the price.
   */
  get(keys: readonly BlockKey[], isFresh: boolean): Promise<Map<string, Uint8Array>>;
  /** Makes blocks visible, all at once. False when a day has changed since it was read. */
  addNames(names: readonly NewName[]): Promise<boolean>;
  /** Replaces the blocks that a fold was made from by the fold. False when another fold got in between. */
  replaceNames(day: string, change: { folds: number; old: readonly string[]; fold: string }): Promise<boolean>;
};

/** A block key as one text, to index items by. */
export function itemId({ day, sk }: BlockKey): string {
  return `${day} ${sk}`;
}
