/**
 * Writes what a batch adds to its days, once per day, however often, however late, and even when the same batch is
 * tried twice at once. The order of these steps is all that ensures this; no clock is involved.
 *
 * 1. Read which blocks of the day are visible, and how many folds there were.
 * 2. Write the block unless it exists.
 * 3. If it existed, an earlier attempt may have made it visible, and others may have folded it: a fold stores the names
 *    of all blocks it replaces. If one of them has this name, there is nothing left to do.
 * 4. Make the block visible, on condition that no fold came since step 1 and that it is not visible yet. Step 1 came
 *    before the block existed, or before its name was looked up in all folds, so it cannot have been folded unnoticed.
 *    If the condition fails, start again.
 *
 * A batch of several days becomes visible in all of them at once, and so does a day together with the mark that it is
 * open.
 */
import { type BlockStore, itemId, type NewName } from "../table/blocks/block-store.ts";
import { type Frontier, leafName, noBlocks, tierOf } from "../table/blocks/frontier.ts";
import { namesKey, toItems, unpackNames } from "../table/blocks/packed-block.ts";
import { readItems } from "../table/blocks/read-items.ts";

/** What a batch adds to a day: how many rows, and its block as `packBlock` made it. */
export type DayBlock = Pick<NewName, "day" | "rows" | "robots" | "sources"> & { block: Uint8Array };
export type BatchBlocks = { batch: string; expires: number; days: readonly DayBlock[] };

/** A transaction takes 100 actions: the days' items, and the state item. */
const DAYS_AT_ONCE = 99;
/** Each lost round means that another batch or fold of the same day succeeded. */
const MOST_ROUNDS = 200;

/**
 * Writes the blocks and returns the days' frontiers after that. Rejects with the store's errors; repeating all of it is
 * safe.
 */
export async function writeBlocks(store: BlockStore, blocks: BatchBlocks): Promise<Map<string, Frontier>> {
  const days = blocks.days.toSorted((a, b) => (a.day < b.day ? -1 : 1));
  const written = new Map<string, Frontier>();
  // One group after the other; only batches of more than 99 days have more than one.
  for (let at = 0; at < days.length; at += DAYS_AT_ONCE) {
    const group = { ...blocks, days: days.slice(at, at + DAYS_AT_ONCE) };
    for (const [day, frontier] of await writeGroup(store, group, days.length > 1)) written.set(day, frontier);
  }
  return written;
}

async function writeGroup(store: BlockStore, blocks: BatchBlocks, isJoint: boolean): Promise<Map<string, Frontier>> {
  const name = leafName(blocks.batch);
  const wereThere = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const known = await store.frontiers(blocks.days.map(({ day }) => day));
    const frontierOf = (day: string) => known.get(day) ?? noBlocks;
    const left = blocks.days.filter(({ day }) => !isVisible(frontierOf(day), blocks.batch));
    if (round === 0) for (const day of await putBlocks(store, { ...blocks, days: left })) wereThere.add(day);
    else for (const { day } of left) wereThere.add(day);
    const folded = await findFolded(store, name, [...wereThere], frontierOf);
    const open = left.filter(({ day }) => !folded.has(day));
    const names = open.map(({ block: _, ...day }): NewName => ({ ...day, name, known: frontierOf(day.day), isJoint }));
    if (names.length === 0 || (await store.addNames(names)))
      return new Map(blocks.days.map(({ day }) => [day, withName(frontierOf(day), open, { day, name })]));
  }
  throw new Error(`Cannot make batch ${blocks.batch} visible: others came first ${MOST_ROUNDS} times`);
}

function isVisible({ names, oldBatches }: Frontier, batch: string): boolean {
  return names.includes(leafName(batch)) || oldBatches.includes(batch);
}

/** Writes the blocks that do not exist yet; returns the days of those that did. */
async function putBlocks(store: BlockStore, { batch, expires, days }: BatchBlocks): Promise<string[]> {
  const were = await Promise.all(
    days.map(async ({ day, block }) => {
      const items = toItems(leafName(batch), block).map((item) => ({ ...item, day, expires }));
      const main = items.pop();
      await Promise.all(items.map(store.put));
      return main === undefined || (await store.putOnce(main)) ? [] : [day];
    }),
  );
  return were.flat();
}

/** The days in which a fold replaces this block. */
async function findFolded(
  store: BlockStore,
  name: string,
  days: readonly string[],
  frontierOf: (day: string) => Frontier,
): Promise<Set<string>> {
  const keys = days.flatMap((day) =>
    frontierOf(day)
      .names.filter((one) => tierOf(one) > 0)
      .map((fold) => ({ day, sk: namesKey(fold) })),
  );
  if (keys.length === 0) return new Set();
  const found = await readItems(store, keys);
  return new Set(keys.flatMap((key) => (holds(found.get(itemId(key)), name) ? [key.day] : [])));
}

function holds(packed: Uint8Array | undefined, name: string): boolean {
  return packed !== undefined && unpackNames(packed).includes(name);
}

function withName(known: Frontier, added: readonly DayBlock[], { day, name }: { day: string; name: string }): Frontier {
  return added.some((one) => one.day === day) ? { ...known, names: [...known.names, name] } : known;
}
