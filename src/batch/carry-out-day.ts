/** Carries out what was decided about a day. */
import type { DayPlan, Result } from "./plan-days.ts";
import type { SealOptions } from "./run.ts";

/** Never rejects: a day that fails does not hold up the others. */
export async function carryOutDay(plan: DayPlan, options: SealOptions): Promise<Result> {
  try {
    return await actions[plan.decision](plan, options);
  } catch (error) {
    options.log.error("Cannot seal day", { day: plan.day.day, error });
    return "failed";
  }
}

const actions: Record<DayPlan["decision"], (plan: DayPlan, options: SealOptions) => Promise<Result>> = {
  seal,
  "seal-short": seal,
  "seal-again": async ({ day, rows, ...plan }, { rollups, newRun, clock }) => {
    const most = Math.max(rows, day.sealedRows ?? 0);
    return (await rollups.seal({ ...plan, day, rows: most }, newRun(clock()), clock)) ? "sealed" : "waiting";
  },
  convert: async (plan, { rollups, newRun, clock }) =>
    (await rollups.convert(plan, newRun(clock()), clock)) ? "sealed" : "waiting",
  restore: async (plan, { rollups, newRun, clock }) =>
    (await rollups.restore(plan, newRun(clock()), clock)) ? "sealed" : "waiting",
  wait: async ({ day, waiting }, { ledger }) => {
    await ledger.recordWaiting(day.day, waiting);
    return "waiting";
  },
  "give-up": async ({ day, rows, mark }, { ledger, metric }) => {
    const missing = Math.max(1, day.seen - (day.sealedRows ?? 0));
    metric("IncompleteDay", { day: day.day, missing, rows, reason: "raw events have expired, so the rollup is kept" });
    await ledger.recordShort(day.day, missing);
    if (mark !== undefined) await ledger.close(day, mark);
    return "failed";
  },
};

async function seal(plan: DayPlan, { ledger, rollups, newRun, clock, metric }: SealOptions): Promise<Result> {
  const { day, missing, wasShort, decision } = plan;
  const isSealed = await rollups.seal(plan, newRun(clock()), clock);
  if (isSealed && (missing > 0 || wasShort)) await ledger.recordShort(day.day, missing);
  if (isSealed && decision === "seal-short") metric("IncompleteDay", { day: day.day, missing, seen: day.seen });
  return isSealed ? "sealed" : "waiting";
}
