/**
 * The present's values: a metric by one breakdown for each of some days, from their visible blocks. Of a block in
 * groups, only the group that the question is about is read. A block that is named but missing is an error; it never
 * just counts as nothing.
 */
import { HttpError } from "../../errors.ts";
import { sectionName } from "../../metrics/block.ts";
import { addTally, type Value } from "../../metrics/merge.ts";
import { type BlockKey, type BlockStore, itemId } from "../../table/blocks/block-store.ts";
import { type Frontier, groupOf, isGrouped, OWN_GROUP } from "../../table/blocks/frontier.ts";
import { lacks } from "../../table/blocks/lacking.ts";
import { type Block, groupKey, unpackBlock } from "../../table/blocks/packed-block.ts";
import { readItems } from "../../table/blocks/read-items.ts";
import type { BlockCache } from "./block-cache.ts";

export type PresentDay = { day: string; frontier: Frontier };
/**
 * The values of a metric by a breakdown, of all keys or of one. `total` is the breakdown that the metric was kept by
 * from the start.
 */
export type Wanted = {
  metric: string;
  breakdown: string;
  isDistinct: boolean;
  key?: string | undefined;
  total?: string;
};

type Options = { store: Pick<BlockStore, "get">; cache: BlockCache };

/**
 * Values by key for each day. `partial` collects the days on which some blocks do not hold the breakdown. Throws an
 * HttpError (502) when a block is gone.
 */
export async function readPresent(
  { store, cache }: Options,
  days: readonly PresentDay[],
  wanted: Wanted,
  partial = new Set<string>(),
): Promise<Map<string, Map<string, Value>>> {
  const group = groupOf(wanted);
  const keysOf = ({ day, frontier }: PresentDay) =>
    frontier.names.map((name) => ({ day, name, sk: hasGroup(name, group) ? groupKey(name, group) : name }));
  const keys = days.flatMap(keysOf);
  const found = await readBlocks({ store, cache }, keys);
  const missing = keys.filter((key) => !found.has(itemId(key)));
  for (const { day, block } of await expectEmpty({ store, cache }, missing, group))
    if (lacks(block, wanted)) partial.add(day);
  return new Map(
    days.map((day) => {
      const sum = new Map<string, Value>();
      for (const key of keysOf(day)) {
        const block = found.get(itemId(key));
        if (block?.isLost) throw lostDay(day.day);
        if (block === undefined) continue;
        const tally = block.read(wanted.metric, wanted.breakdown, keyIn(block, wanted));
        if ((tally.size === 0 || block.lacking !== undefined) && lacks(block, wanted)) partial.add(day.day);
        addTally(sum, tally);
      }
      return [day.day, sum];
    }),
  );
}

/**
 * Where smaller values were added up, all values are read, so that someone who asks for one sees that it may be too
 * low.
 */
function keyIn({ bounded }: Block, { metric, breakdown, key }: Wanted): string | undefined {
  return bounded?.includes(sectionName(metric, breakdown)) ? undefined : key;
}

/** By day, the sections whose smaller values were added up; days without any are left out. */
export async function readBounded(options: Options, days: readonly PresentDay[]): Promise<Map<string, string[]>> {
  const keys = days.flatMap(({ day, frontier }) => frontier.names.map((sk) => ({ day, sk })));
  const found = await readBlocks(options, keys);
  const bounded = Map.groupBy(keys, ({ day }) => day);
  return new Map(
    [...bounded].flatMap(([day, own]) => {
      const names = own.flatMap((key) => found.get(itemId(key))?.bounded ?? []);
      return names.length === 0 ? [] : [[day, [...new Set(names)].sort()]];
    }),
  );
}

function hasGroup(name: string, group: string): boolean {
  return isGrouped(name) && group !== OWN_GROUP;
}

/** Blocks by the `itemId` of their keys, from the cache or the table; missing ones are left out. */
export async function readBlocks({ store, cache }: Options, keys: readonly BlockKey[]): Promise<Map<string, Block>> {
  const blocks = new Map<string, Block>();
  const unknown = keys.filter((key) => {
    const block = cache.get(itemId(key));
    if (block !== undefined) blocks.set(itemId(key), block);
    return block === undefined;
  });
  if (unknown.length === 0) return blocks;
  for (const [id, packed] of await readItems(store, unknown)) {
    const block = unpackBlock(packed);
    cache.set(id, block);
    blocks.set(id, block);
  }
  return blocks;
}

/** A group that is missing must be one that its block does not list. Returns these blocks. */
async function expectEmpty(
  options: Options,
  missing: readonly { day: string; name: string; sk: string }[],
  group: string,
): Promise<{ day: string; block: Block }[]> {
  if (missing.length === 0) return [];
  const mains = missing.map(({ day, name }) => ({ day, sk: name }));
  const found = await readBlocks(options, mains);
  const gone = mains.find((key) => {
    const main = found.get(itemId(key));
    return main === undefined || main.isLost || main.groups?.includes(group) !== false;
  });
  if (gone !== undefined) throw lostDay(gone.day);
  return mains.flatMap(({ day, sk }) => {
    const block = found.get(itemId({ day, sk }));
    return block === undefined ? [] : [{ day, block }];
  });
}

export function lostDay(day: string): HttpError {
  return new HttpError("lost_day", `Cannot count ${day}: what was counted of it has expired, and it was never sealed`);
}
