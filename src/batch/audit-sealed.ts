/** Compares the days that were sealed completely with what was counted live, if that can still be read. */
import { dayOf } from "../metrics/time-bucket.ts";
import { hasBlocks, type LedgerDay, type RollupState } from "../table/days/day-state.ts";
import { type DriftOptions, noteDrift } from "./note-drift.ts";
import type { DayPlan } from "./plan-days.ts";
import type { Run } from "./run.ts";

/**
 * Anything that fails here, or that there is no time for, is skipped: the days are sealed, and are compared again when
 * they are sealed again.
 */
export async function auditSealed(sealed: readonly DayPlan[], state: RollupState, run: Run): Promise<void> {
  if (!run.hasTime()) return;
  const { at, ledger, blocks, rollups, catalog, log, metric } = run;
  const whole = sealed.flatMap(({ day, missing }) => (missing === 0 && hasBlocks(day, at.now) ? [day] : []));
  const differs: DriftOptions["differs"] = (audit) => metric("Drift", audit);
  try {
    // The rollup may contain events that came after its day was read: such a day is compared when it is sealed again.
    const again = await ledger.getDays(whole.map(({ day }) => day));
    const isAsRead = ({ day, frontier }: LedgerDay) => again.get(day)?.frontier.version === frontier.version;
    await noteDrift(
      whole.filter(isAsRead),
      { state, today: dayOf(at.now, at.timezone) },
      { blocks, digests: rollups.digests, catalog, ledger, differs },
    );
  } catch (error) {
    log.warn("Cannot compare days with what was counted live", { error });
  }
}
