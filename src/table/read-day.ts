/** All that a day's blocks hold, section by section: no more than one of a group's sections stands in memory at a time. */
import { MINUTES, REJECTED } from "../metrics/block.ts";
import { addTally, type Partial, type Tally } from "../metrics/merge.ts";
import { type BlockStore, placeOf } from "./block-store.ts";
import { groupOf, OWN_GROUP } from "./frontier.ts";
import { type Block, groupKey, unpackBlock } from "./packed-block.ts";
import { readItems } from "./read-items.ts";

type Store = Pick<BlockStore, "get">;
export type DaySection = { metric: string; set: string; tally: Tally };

/** Hands over metrics by every combination, without the live minutes. False when something of the day has expired. */
export async function readDay(
  store: Store,
  { day, names }: { day: string; names: readonly string[] },
  use: (section: DaySection) => void,
): Promise<boolean> {
  const mains = await readBlocks(store, day, names);
  if (mains === undefined) return false;
  const named = [...mains].map(([name, block]) => ({ name, block }));
  const groups = new Set(named.flatMap(({ block }) => block.groups ?? block.sections().map(groupOf)));
  groups.delete(OWN_GROUP);
  for (const group of [...groups].sort()) {
    const grouped = named.filter(({ block }) => block.groups?.includes(group));
    const keys = grouped.map(({ name }) => groupKey(name, group));
    const parts = await readBlocks(store, day, keys);
    if (parts === undefined) return false;
    const whole = named.flatMap(({ block }) => (block.groups === undefined ? block : []));
    addUp([...whole, ...parts.values()], group, use);
  }
  return true;
}

async function readBlocks(store: Store, day: string, keys: readonly string[]): Promise<Map<string, Block> | undefined> {
  const found = await readItems(
    store,
    keys.map((sk) => ({ day, sk })),
  );
  const blocks = new Map<string, Block>();
  for (const sk of keys) {
    const packed = found.get(placeOf({ day, sk }));
    const block = packed && unpackBlock(packed);
    if (block === undefined || block.isLost) return undefined;
    blocks.set(sk, block);
  }
  return blocks;
}

function addUp(blocks: readonly Block[], group: string, use: (section: DaySection) => void): void {
  const sections = blocks.flatMap((block) => block.sections()).filter((section) => groupOf(section) === group);
  const distinct = new Map(sections.map(({ metric, set }) => [`${metric} ${set}`, { metric, set }]));
  for (const { metric, set } of distinct.values()) {
    if (set === MINUTES || metric === REJECTED) continue;
    const tally = new Map<string, Partial>();
    for (const block of blocks) addTally(tally, block.read(metric, set));
    use({ metric, set, tally });
  }
}
