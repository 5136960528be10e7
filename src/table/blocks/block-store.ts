/** What the speed layer reads and writes with; `stored-blocks.ts` makes it over the table. Every method rejects with the SDK's errors. */
import type { Frontier } from "./frontier.ts";
import type { BlockItem } from "./packed-block.ts";

/** An item's place: a day, and its sort key there. */
export type BlockKey = { day: string; sk: string };
/** `expires` in epoch seconds. */
export type StoredItem = BlockItem & { day: string; expires: number };

/** A block to make visible in a day's ledger item as it was read. `rows` is what the day has seen with it. */
export type NewName = { day: string; name: string; rows: number; known: Frontier; isJoint: boolean };

export type BlockStore = {
  frontiers(days: readonly string[]): Promise<Map<string, Frontier>>;
  /** Writes an item unless there is one; false when there is. */
  putOnce(item: StoredItem): Promise<boolean>;
  put(item: StoredItem): Promise<void>;
  /** Items by `placeOf` their keys; what is not there is left out. `isFresh` reads what was written just now, for twice the price. */
  get(keys: readonly BlockKey[], isFresh: boolean): Promise<Map<string, Uint8Array>>;
  /** Makes blocks visible, all at once. False when a day is no longer as it was read. */
  addNames(names: readonly NewName[]): Promise<boolean>;
  /** Puts a fold in the place of what it was made of. False when another fold came between. */
  replaceNames(day: string, change: { folds: number; old: readonly string[]; fold: string }): Promise<boolean>;
};

export function placeOf({ day, sk }: BlockKey): string {
  return `${day} ${sk}`;
}
