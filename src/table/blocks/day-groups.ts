/** Reads a day's blocks group by group, whether a block holds its groups itself or in separate items. */
import { sectionName } from "../../metrics/block.ts";
import { addTally, type Value } from "../../metrics/merge.ts";
import { type BlockStore, itemId } from "./block-store.ts";
import { groupOf, OWN_GROUP } from "./frontier.ts";
import { type Block, groupKey, unpackBlock } from "./packed-block.ts";
import { readItems } from "./read-items.ts";

type Store = Pick<BlockStore, "get">;
export type NamedBlock = { name: string; block: Block };
/** A metric by a breakdown, and the sum of its values. */
export type SummedSection = { name: string; metric: string; breakdown: string; sum: Map<string, Value> };

/** The groups that any of the blocks has, without the group that each block holds itself. */
export function groupsIn(blocks: readonly NamedBlock[]): string[] {
  const groups = blocks.flatMap(({ block }) => block.groups ?? block.sections().map(groupOf));
  return [...new Set(groups)].filter((group) => group !== OWN_GROUP).sort();
}

/**
 * The blocks that hold a group: blocks that are not split into groups, and the group's own item of those that are.
 * Undefined when one of these items is missing.
 */
export async function readGroup(
  store: Store,
  { day, blocks }: { day: string; blocks: readonly NamedBlock[] },
  group: string,
): Promise<Block[] | undefined> {
  const grouped = blocks.filter(({ block }) => block.groups?.includes(group));
  const keys = grouped.map(({ name }) => ({ day, sk: groupKey(name, group) }));
  const found = await readItems(store, keys);
  if (found.size < keys.length) return undefined;
  const whole = blocks.flatMap(({ block }) => (block.groups === undefined ? block : []));
  return [...whole, ...[...found.values()].map(unpackBlock)];
}

/** The named blocks; missing ones are left out. */
export async function readNamed(store: Store, day: string, names: readonly string[]): Promise<NamedBlock[]> {
  const found = await readItems(
    store,
    names.map((sk) => ({ day, sk })),
  );
  return names.flatMap((name) => {
    const packed = found.get(itemId({ day, sk: name }));
    return packed === undefined ? [] : [{ name, block: unpackBlock(packed) }];
  });
}

/**
 * The sums of the blocks' sections, of all groups or of one. Yields one sum at a time, so that only one has to be in
 * memory.
 */
export function* sumSections(blocks: readonly Block[], group?: string): Generator<SummedSection> {
  const sections = blocks.flatMap((block) => block.sections());
  const wanted = group === undefined ? sections : sections.filter((section) => groupOf(section) === group);
  const readers = blocks.map((block) => block.reader());
  const distinct = new Map(wanted.map((section) => [sectionName(section.metric, section.breakdown), section]));
  for (const [name, { metric, breakdown }] of distinct) {
    const sum = new Map<string, Value>();
    for (const read of readers) addTally(sum, read(metric, breakdown));
    yield { name, metric, breakdown, sum };
  }
}
