/** Rolls up the months that are over as a whole, so that questions over years read few files. */
import { monthsToRollUp } from "./plan-days.ts";
import type { Run } from "./run.ts";

/** Days come first. What fails here, or finds no time, is done by the next run; no number depends on it. */
export async function rollUpMonths(run: Run): Promise<string[]> {
  const { ledger, rollups, newRun, clock, log, at, hasTime } = run;
  const state = await ledger.readState();
  const done: string[] = [];
  for (const month of monthsToRollUp(state, at)) {
    if (!hasTime()) break;
    try {
      if (await rollups.rollUpMonth(month, newRun(clock()), { version: state.rollupVersion, now: clock() }))
        done.push(month);
    } catch (error) {
      log.error("Cannot roll up month", { month, error });
    }
  }
  return done;
}
