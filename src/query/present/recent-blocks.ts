/**
 * Finds the blocks that hold exactly what arrived since an instant. Folds put batches together that arrived one after
 * the other, so most of them are either within the time asked for, and used whole, or before it; of the few across its
 * beginning, what they were made of is used. So lists of the last minutes cost no write, and few reads.
 */
import { type BlockStore, itemId } from "../../table/blocks/block-store.ts";
import { type Arrivals, spanOf, spansOf } from "../../table/blocks/folded-blocks.ts";
import type { Block } from "../../table/blocks/packed-block.ts";
import type { BlockCache } from "./block-cache.ts";
import { lostDay, type PresentDay, readBlocks } from "./read-present.ts";

type Options = { store: Pick<BlockStore, "get">; cache: BlockCache };
/** `since` (epoch ms) is later than asked for where a fold does not say what it was made of. */
export type Recent = { since: number; days: PresentDay[] };

/** Batches that arrive late put other times into folds; opening more of these than this would take too long. */
const MOST_OPENED = 100;

/**
 * The days with those of their blocks whose batches arrived at `since` or later. Folds of an earlier release, which do
 * not say what they were made of, are left out as long as they begin before `since`, and so is all that arrived with or
 * before them.
 */
export async function recentBlocks(options: Options, days: readonly PresentDay[], since: number): Promise<Recent> {
  const tops = await Promise.all(days.map((day) => topSpans(options, day)));
  let from = since;
  for (;;) {
    const found = await Promise.all(days.map((day, i) => spansSince(options, day, { spans: tops[i] ?? [], from })));
    const closed = Math.max(...found.map(({ closed }) => closed), 0);
    if (closed < from) return { since: from, days: days.map((day, i) => withNames(day, found[i]?.names ?? [])) };
    from = closed + 1;
  }
}

function withNames({ day, frontier }: PresentDay, names: string[]): PresentDay {
  return { day, frontier: { ...frontier, names, oldBatches: [] } };
}

async function topSpans(options: Options, { day, frontier: { names } }: PresentDay): Promise<Arrivals[]> {
  const blocks = await readMains(options, day, names);
  return blocks.map((block, i) => spanOf(names[i] ?? "", block));
}

/** The blocks that arrived as a whole since `from`; `closed` is the newest arrival in what cannot be opened. */
async function spansSince(options: Options, { day }: PresentDay, { spans, from }: { spans: Arrivals[]; from: number }) {
  const names: string[] = [];
  let [level, opened, closed] = [spans, 0, 0];
  while (level.length > 0) {
    const some = level.filter(({ newest }) => newest >= from);
    const whole = some.filter(({ oldest = 0 }) => oldest >= from);
    names.push(...whole.map(({ name }) => name));
    const across = some.filter((span) => !whole.includes(span));
    opened += across.length;
    const blocks =
      opened > MOST_OPENED
        ? []
        : await readMains(
            options,
            day,
            across.map(({ name }) => name),
          );
    level = across.flatMap(({ newest }, i) => {
      const block = blocks[i];
      if (block?.folded !== undefined) return spansOf(block);
      closed = Math.max(closed, newest);
      return [];
    });
  }
  return { names, closed };
}

async function readMains(options: Options, day: string, names: readonly string[]): Promise<Block[]> {
  const found = await readBlocks(
    options,
    names.map((sk) => ({ day, sk })),
  );
  return names.map((sk) => {
    const block = found.get(itemId({ day, sk }));
    if (block === undefined) throw lostDay(day);
    return block;
  });
}
