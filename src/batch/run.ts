/** What one run of the batch works with: the ledger, the lake, where it reports, and how long it may still live. */
import type { Metric } from "../metrics/define-metric.ts";
import type { Reporter } from "../reporter.ts";
import type { BlockStore } from "../table/blocks/block-store.ts";
import type { DayLedger } from "../table/days/day-ledger.ts";
import type { SealedDays } from "../table/days/sealed-days.ts";
import type { RowCounts } from "./count-rows.ts";
import type { BatchClock } from "./plan-days.ts";
import type { Rollups } from "./rollups.ts";

export type SealOptions = Omit<BatchClock, "now"> &
  Pick<Reporter, "log" | "metric"> & {
    ledger: DayLedger;
    sealedDays: SealedDays;
    rollups: Rollups & RowCounts;
    blocks: Pick<BlockStore, "get">;
    /** Epoch ms. */
    clock: () => number;
    /** The name of a run that starts at an instant. */
    newRun: (now: number) => string;
    catalog: readonly Metric[];
  };

export type Run = SealOptions & {
  at: BatchClock;
  /** Whether there is time to start something that takes a minute. */
  hasTime: () => boolean;
};
