/**
 * One run over the days that are over. It may run at any time, twice at once, and die at any point; what one run does
 * not finish, the next one does. The order makes that possible:
 *
 * 1. The watermark moves up to the first open day, according to the state as it was read.
 * 2. The days to look at, and the rows that the lake holds for each, are read before anything is written.
 * 3. Each day is sealed, or waits, independently (carry-out-day.ts; the order within a day is in rollups.ts).
 * 4. The watermark moves again, according to the state after that.
 * 5. Notes for the status, months, and the report come last: no number depends on them.
 */
import { forEachLimited } from "../for-each-limited.ts";
import type { BatchRequest } from "../schemas/api/batch-request.ts";
import type { BatchRun } from "../table/days/day-state.ts";
import { auditSealed } from "./audit-sealed.ts";
import { carryOutDay } from "./carry-out-day.ts";
import { findSealed } from "./find-sealed.ts";
import { noteReused } from "./note-reused.ts";
import {
  type BatchClock,
  daysToCheck,
  daysToRebuild,
  daysWithCopies,
  expiredDays,
  planCopies,
  planDays,
  type Result,
  toSummary,
  watermarkOf,
} from "./plan-days.ts";
import { rollUpMonths } from "./roll-up-months.ts";
import type { Run, SealOptions } from "./run.ts";

const DAYS_AT_ONCE = 4;

/** Rejects when there were days to seal and none could be sealed. */
export function createSealRun(options: SealOptions) {
  const { ledger, rollups, clock } = options;
  return async ({ rebuild }: Pick<BatchRequest, "rebuild">, hasTime: () => boolean): Promise<BatchRun> => {
    const at: BatchClock = { ...options, now: clock() };
    const run: Run = { ...options, at, hasTime };
    const state = await ledger.readState();
    await ledger.advanceWatermark(watermarkOf(state, at));
    const sealed = await findSealed(state, options);
    const days = rebuild === undefined ? daysToCheck(state, sealed, at) : daysToRebuild(rebuild, at);
    const known = await ledger.getDays(days);
    const { rows, uncounted } = await rollups.countRows(days);
    const { rows: kept, uncounted: unread } = await rollups.countEvents(expiredDays(known, rows));
    const results = noteUncounted(new Map([...uncounted, ...unread]), options);
    const counted = days.filter((day) => !results.has(day));
    const isRebuild = rebuild !== undefined;
    const planned = planDays({ days: counted, known, rows, kept, sealed, state, isRebuild }, at);
    const plans = planCopies(planned, await countUnmet(daysWithCopies(planned), options), at);
    await forEachLimited(plans, DAYS_AT_ONCE, async (plan) => {
      results.set(plan.day.day, hasTime() ? await carryOutDay(plan, options) : "waiting");
    });
    await ledger.advanceWatermark(watermarkOf(await ledger.readState(), at));
    const whole = plans.filter(({ day, source }) => source === "events" && results.get(day.day) === "sealed");
    await noteReused(whole, run);
    await auditSealed(whole, state, run);
    const months = await rollUpMonths(run);
    return finish({ startedAt: at.now, endedAt: clock(), ...toSummary(results), months }, options);
  };
}

/** Of how many events each day has only copies that do not count; NaN where Athena cannot tell. */
async function countUnmet(days: readonly string[], { rollups }: SealOptions): Promise<Map<string, number>> {
  const { rows, uncounted } = await rollups.countUnmet(days);
  return new Map([...rows, ...[...uncounted.keys()].map((day): [string, number] => [day, Number.NaN])]);
}

function noteUncounted(uncounted: ReadonlyMap<string, Error>, { log }: SealOptions): Map<string, Result> {
  for (const [day, error] of uncounted) log.error("Cannot count rows of day", { day, error });
  return new Map([...uncounted.keys()].map((day) => [day, "failed"]));
}

async function finish(run: BatchRun, { ledger, log }: SealOptions): Promise<BatchRun> {
  await ledger.recordRun(run);
  log.info("Batch run ended", run);
  if (run.failed.length > 0 && run.sealed.length + run.waiting.length === 0)
    throw new Error(`Cannot seal any of ${run.failed.length} days: the log says why of each`);
  return run;
}
