/**
 * What became of the days and months that are sealed. Reading the catalog's list of partitions costs nothing, however
 * many years there are. All days of the ledger are read only as long as there are days that an older release sealed.
 */
import type { RollupState } from "../table/days/day-state.ts";
import { findLost, lostMonths, type SealedFacts } from "./plan-days.ts";
import type { SealOptions } from "./run.ts";

/** Months that are gone from the catalog no longer count after this. */
export async function findSealed(
  state: RollupState,
  { ledger, sealedDays, rollups }: Pick<SealOptions, "ledger" | "sealedDays" | "rollups">,
): Promise<SealedFacts> {
  // Read first, so that everything in this list was in the catalog before the catalog is read.
  const listed = await sealedDays.read();
  const [days, events, monthly, byMonth] = await Promise.all([
    rollups.partitions("rollups"),
    rollups.partitions("daily_events"),
    rollups.partitions("rollups_monthly"),
    rollups.partitions("rollups_by_month"),
  ]);
  for (const month of lostMonths(state, monthly, byMonth)) await ledger.forgetMonth(month);
  const all = state.hasNewRollups ? [] : await ledger.readDays("0000", "9999");
  const sealed = findLost(listed, { rollups: days, daily_events: events }, all);
  if (!state.hasNewRollups && sealed.old.size === 0) await ledger.recordNewRollups();
  return sealed;
}
