/** The present, as questions ask for it: from blocks and, as long as needed, from what an older release counted. */
import { MINUTES } from "../../metrics/block.ts";
import { addTally, type Tally, type Value } from "../../metrics/merge.ts";
import type { BlockStore } from "../../table/blocks/block-store.ts";
import type { OldCounter } from "../../table/blocks/old-counters.ts";
import { createBlockCache } from "./block-cache.ts";
import { addOldCounters, readOldMinutes } from "./read-old-counters.ts";
import { type PresentDay, readBounded, readPresent, type Wanted } from "./read-present.ts";
import { recentBlocks } from "./recent-blocks.ts";

type Options = {
  blocks: Pick<BlockStore, "get">;
  old: { read(pk: string, from: string, to: string): Promise<OldCounter[]> };
  /** How much of what was read is kept for the next questions, in bytes. */
  cacheBytes: number;
};

export type Present = ReturnType<typeof createPresent>;

export function createPresent({ blocks, old, cacheBytes }: Options) {
  const options = { store: blocks, cache: createBlockCache(cacheBytes) };
  return {
    /**
     * Values by key for each of some days. `partial` collects the days that were partly counted before the breakdown
     * was kept.
     */
    async days(
      days: readonly PresentDay[],
      wanted: Wanted,
      partial = new Set<string>(),
    ): Promise<Map<string, Map<string, Value>>> {
      const tallies = await readPresent(options, days, wanted, partial);
      await addOldCounters(old, { days, wanted, partial }, tallies);
      return tallies;
    },

    /** The days with those of their blocks that arrived since an instant: see `recent-blocks.ts`. */
    recent: (days: readonly PresentDay[], since: number) => recentBlocks(options, days, since),

    /** By day, the sections whose smaller values were added up. */
    bounded: (days: readonly PresentDay[]) => readBounded(options, days),

    /** Totals (by unit) for each local minute from `from` to `to`, both included; `days` are the days they are on. */
    async minutes(
      days: readonly PresentDay[],
      { metric, isDistinct, from, to }: { metric: string; isDistinct: boolean; from: string; to: string },
    ): Promise<Map<string, Tally>> {
      const tallies = await readPresent(options, days, { metric, breakdown: MINUTES, isDistinct });
      const minutes = await readOldMinutes(old, days, { metric, from, to });
      for (const [key, value] of [...tallies.values()].flatMap((tally) => [...tally])) {
        const minute = key.slice(0, MINUTE_LENGTH);
        if (minute < from || minute > to) continue;
        const tally = minutes.get(minute) ?? new Map<string, Value>();
        minutes.set(minute, tally);
        addTally(tally, new Map([[key.slice(MINUTE_LENGTH + 1), value]]));
      }
      return minutes;
    },
  };
}

const MINUTE_LENGTH = "2026-11-22T09:00".length;
