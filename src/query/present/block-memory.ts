/** What a warm function remembers of blocks, which never change: those used last, as long as they fit into so many bytes. */
import type { Block } from "../../table/blocks/packed-block.ts";

export type BlockMemory = ReturnType<typeof createBlockMemory>;

/** What a block takes beside its bytes. */
const OVERHEAD_BYTES = 600;

export function createBlockMemory(mostBytes: number) {
  const blocks = new Map<string, Block>();
  let bytes = 0;
  return {
    get(place: string): Block | undefined {
      const block = blocks.get(place);
      if (block === undefined) return undefined;
      blocks.delete(place);
      blocks.set(place, block);
      return block;
    },
    set(place: string, block: Block): void {
      if (blocks.has(place)) return;
      blocks.set(place, block);
      bytes += block.size + OVERHEAD_BYTES;
      for (const [oldest, { size }] of blocks) {
        if (bytes <= mostBytes) break;
        blocks.delete(oldest);
        bytes -= size + OVERHEAD_BYTES;
      }
    },
  };
}
