/**
 * What a fold was made of, and when that arrived. Blocks are never deleted, only passed over, so the sums of any stretch
 * of arrivals are still there: in the folds that lie within it, and in what the others were made of. The live lists are
 * read from these (`src/query/present/recent-blocks.ts`).
 */
import { tierOf } from "./frontier.ts";
import type { Block, Facts } from "./packed-block.ts";

/**
 * A block's name, and how long before the newest batch of the fold its own newest and oldest arrived, in ms: the second
 * is absent if it is the same, and null if it is not known.
 */
export type FoldedBlock = readonly [name: string, newest: number, oldest?: number | null];

/** When the batches of a block arrived (epoch ms). `oldest` is undefined if an earlier release made a fold of it. */
export type Arrivals = { name: string; newest: number; oldest: number | undefined };

/** The blocks that a fold was made of, as it stores them; `arrived` is when the newest of them did. */
export function toFolded(blocks: readonly { name: string; block: Block }[], arrived: number): FoldedBlock[] {
  return blocks.map(({ name, block }): FoldedBlock => {
    const { newest, oldest } = spanOf(name, block);
    const since = arrived - newest;
    if (oldest === newest) return [name, since];
    return [name, since, oldest === undefined ? null : arrived - oldest];
  });
}

/** When the batches of a block arrived. */
export function spanOf(name: string, { arrived, folded }: Pick<Facts, "arrived" | "folded">): Arrivals {
  if (tierOf(name) === 0) return { name, newest: arrived, oldest: arrived };
  const times = folded && spansOf({ arrived, folded }).map(({ oldest }) => oldest);
  const isKnown = times?.every((oldest) => oldest !== undefined);
  return { name, newest: arrived, oldest: isKnown ? Math.min(...times.flatMap((one) => one ?? [])) : undefined };
}

/** When the batches of each block that a fold was made of arrived. */
export function spansOf({ arrived, folded = [] }: Pick<Facts, "arrived" | "folded">): Arrivals[] {
  return folded.map(([name, newest, oldest = newest]) => ({
    name,
    newest: arrived - newest,
    oldest: oldest === null ? undefined : arrived - oldest,
  }));
}
