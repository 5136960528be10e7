/** The blocks that a warm function has read. They never change, so none is ever out of date. */
import { createSizedCache, type SizedCache } from "../../cache.ts";
import type { Block } from "../../table/blocks/packed-block.ts";

export type BlockCache = SizedCache<Block>;

/** What a block takes in addition to its bytes. */
const OVERHEAD_BYTES = 600;

export function createBlockCache(mostBytes: number): BlockCache {
  return createSizedCache(mostBytes, ({ size }) => size + OVERHEAD_BYTES);
}
