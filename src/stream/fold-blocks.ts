/**
 * Folds blocks of a day into one, so that a question reads few items however many batches the day had. Anyone may fold,
 * at any time, even two at once, and may die at any point: a fold is named after the blocks it replaces, so the same
 * fold always has the same bytes, and it counts from the one write that replaces their names by its own. Nothing is
 * deleted; items expire.
 */
import { setImmediate } from "node:timers/promises";
import { MINUTES, type Section, sectionName, toSection } from "../metrics/block.ts";
import { type Bounds, boundTally } from "../metrics/bounded-tally.ts";
import { minuteOf } from "../metrics/time-bucket.ts";
import type { BlockStore } from "../table/blocks/block-store.ts";
import { groupsIn, type NamedBlock, readGroup, readNamed, sumSections } from "../table/blocks/day-groups.ts";
import { toFolded } from "../table/blocks/folded-blocks.ts";
import {
  expiryOf,
  type Fans,
  type Frontier,
  foldName,
  isGrouped,
  namesToFold,
  OWN_GROUP,
  tierOf,
} from "../table/blocks/frontier.ts";
import { lackingIn, lackingInGroup } from "../table/blocks/lacking.ts";
import {
  type Block,
  type Facts,
  groupKey,
  namesKey,
  packBlock,
  packNames,
  toItems,
  unpackNames,
} from "../table/blocks/packed-block.ts";
import { readItems } from "../table/blocks/read-items.ts";

type Day = { day: string; frontier: Frontier };
/**
 * `expires` is when the items that the folding batch writes may expire, in epoch seconds. `bounds` limits which values
 * a fold keeps separately; `onBounded` gets the sections of a fold whose smaller values it added up together.
 */
export type FoldOptions = Fans & {
  timezone: string;
  expires: number;
  bounds?: Bounds;
  onBounded?: (day: string, sections: readonly string[]) => void;
};
type Fold = {
  day: string;
  name: string;
  sources: readonly NamedBlock[];
  arrived: number;
  oldest: string;
  expires: number;
  bounds: Bounds | undefined;
  /** Collects the sections whose smaller values are added up together. */
  bounded: Set<string>;
  /** Collects the sections that not all sources hold. */
  lacking: Set<string>;
};

/** Only events of the last hours are shown by the minute, so older minutes are dropped. */
const LIVE_MS = 3 * 3_600_000;

/** After this many keys, other calls of the same process get a turn. */
const MANY_KEYS = 10_000;

/** Folds until no tier of the day is full, or another fold gets in first. Rejects with the store's errors. */
export async function foldDay(store: BlockStore, { day, frontier }: Day, options: FoldOptions): Promise<Frontier> {
  let current = frontier;
  for (;;) {
    const old = namesToFold(current, options);
    if (old === undefined) return current;
    const fold = await writeFold(store, { day, names: old, options });
    if (!(await store.replaceNames(day, { folds: current.folds, old, fold }))) return current;
    current = {
      ...current,
      folds: current.folds + 1,
      names: [...current.names.filter((name) => !old.includes(name)), fold],
    };
  }
}

type NewFold = { day: string; names: readonly string[]; options: FoldOptions };

/** Writes the items of a fold; the item of its own name comes last. */
async function writeFold(store: BlockStore, { day, names, options }: NewFold): Promise<string> {
  const name = foldName(names);
  const sources = await readNamed(store, day, names);
  const arrived = Math.max(0, ...sources.map(({ block }) => block.arrived));
  const oldest = minuteOf(arrived - LIVE_MS, options.timezone);
  const expires = Math.max(options.expires, expiryOf(arrived));
  const known = sources.flatMap(({ block }) => block.bounded ?? []);
  const bounded = new Set(known);
  const lacking = new Set(lackingIn(sources.map(({ block }) => block)));
  const fold: Fold = { day, name, sources, arrived, oldest, expires, bounds: options.bounds, bounded, lacking };
  const leaves = await readLeaves(store, day, names);
  await put(store, fold, namesKey(name), packNames(leaves));
  const isWhole = sources.length === names.length && sources.every(({ block }) => !block.isLost);
  await put(store, fold, name, (isWhole ? await foldWhole(store, fold) : undefined) ?? packLost(arrived));
  if (bounded.size > 0) options.onBounded?.(day, [...bounded].sort());
  return name;
}

/**
 * Replaces a fold of which a part has expired. The day was first sealed long ago, and nobody counts with its blocks any
 * more.
 */
function packLost(arrived: number): Uint8Array {
  return packBlock({ arrived, isLost: true }, []);
}

/** The sum of all sources; undefined when a part of one is missing. */
async function foldWhole(store: BlockStore, fold: Fold): Promise<Uint8Array | undefined> {
  const { name, sources } = fold;
  const blocks = sources.map(({ block }) => block);
  const facts = { folded: toFolded(sources, fold.arrived) };
  if (!isGrouped(name)) return pack(fold, await merge(blocks, fold), facts);
  const groups = groupsIn(sources);
  for (const group of groups) {
    const some = await readGroup(store, { day: fold.day, blocks: sources }, group);
    if (some === undefined) return undefined;
    for (const one of lackingInGroup(some, group)) fold.lacking.add(one);
    await put(store, fold, groupKey(name, group), pack(fold, await merge(some, fold, group)));
  }
  return pack(fold, await merge(blocks, fold, OWN_GROUP), { ...facts, groups });
}

/**
 * Packs sections with the facts about them. The main item of a block in groups also lists the bounded and lacking
 * sections of its groups; `main` is what any main item says in addition.
 */
function pack(
  { arrived, bounded, lacking }: Fold,
  sections: readonly Section[],
  main: Pick<Facts, "groups" | "folded"> = {},
): Uint8Array {
  const own = new Set(sections.map(({ metric, breakdown }) => sectionName(metric, breakdown)));
  const namesOf = (all: Set<string>) => [...all].filter((name) => main.groups !== undefined || own.has(name)).sort();
  const facts = { bounded: namesOf(bounded), lacking: namesOf(lacking) };
  const known = Object.entries(facts).filter(([, names]) => names.length > 0);
  return packBlock({ arrived, ...main, ...Object.fromEntries(known) }, sections);
}

/** The names of all batches' blocks that these blocks replace. */
async function readLeaves(store: BlockStore, day: string, names: readonly string[]): Promise<string[]> {
  const folds = names.filter((name) => tierOf(name) > 0);
  const found = await readItems(
    store,
    folds.map((fold) => ({ day, sk: namesKey(fold) })),
  );
  return [...names.filter((name) => tierOf(name) === 0), ...[...found.values()].flatMap(unpackNames)];
}

/** The blocks' sections, added up and bounded, of all groups or of one, without minutes before `oldest`. */
async function merge(blocks: readonly Block[], { oldest, bounds, bounded }: Fold, group?: string): Promise<Section[]> {
  const merged: Section[] = [];
  for (const { name, metric, breakdown, sum } of sumSections(blocks, group)) {
    const isMinutes = breakdown === MINUTES;
    const bound = isMinutes ? new Map([...sum].filter(([key]) => key >= oldest)) : boundTally(breakdown, sum, bounds);
    if (bound !== sum && !isMinutes) bounded.add(name);
    merged.push(toSection(metric, breakdown, bound));
    if (sum.size >= MANY_KEYS) await setImmediate();
  }
  return merged;
}

async function put(store: BlockStore, { day, expires }: Fold, sk: string, body: Uint8Array): Promise<void> {
  for (const item of toItems(sk, body)) await store.put({ ...item, day, expires });
}
