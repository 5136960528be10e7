/** Records how many event ids of the sealed days belong to several different events. */
import type { DayPlan } from "./plan-days.ts";
import type { Run } from "./run.ts";

/** Only for the status: what fails here, or finds no time, is skipped. */
export async function noteReused(
  sealed: readonly DayPlan[],
  { ledger, rollups, log, hasTime }: Pick<Run, "ledger" | "rollups" | "log" | "hasTime">,
): Promise<void> {
  if (sealed.length === 0 || !hasTime()) return;
  try {
    const { rows } = await rollups.countReused(sealed.map(({ day }) => day.day));
    for (const { day } of sealed) {
      const ids = rows.get(day.day) ?? 0;
      if (ids !== (day.reusedIds ?? 0)) await ledger.recordReused(day.day, ids);
      if (ids > 0) log.warn("Event ids stand for several events", { day: day.day, ids });
    }
  } catch (error) {
    log.warn("Cannot count event ids that stand for several events", { error });
  }
}
