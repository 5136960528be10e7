/**
 * Compares the days that a run has sealed with their blocks, and reports differences in the ledger, the log and the
 * alarm.
 */
import { hash } from "node:crypto";
import { breakdownName, type Metric } from "../metrics/define-metric.ts";
import type { Drift } from "../metrics/digest.ts";
import type { RollupState } from "../table/days/day-state.ts";
import { firstDayOf } from "../table/days/first-day.ts";
import { type AuditedDay, type AuditOptions, auditDays } from "./audit-days.ts";

type Catalog = NonNullable<RollupState["catalog"]>;
type State = Pick<RollupState, "catalog" | "watermark">;
export type DriftOptions = AuditOptions & {
  catalog: readonly Metric[];
  ledger: {
    recordDrift(day: string, drift: readonly Drift[]): Promise<void>;
    recordCatalog(catalog: Catalog): Promise<void>;
  };
  /** Raises the alarm. */
  differs(audit: { day: string; breakdowns: number; first: Drift | undefined }): void;
};

/** Rejects with the errors of Athena or the table; then nothing is known about the days. */
export async function noteDrift(
  sealed: readonly AuditedDay[],
  { state, today }: { state: State; today: string },
  options: DriftOptions,
): Promise<void> {
  const since = await countedSince(state, today, options);
  const audits = await auditDays(
    sealed.filter(({ day }) => day > since),
    options,
  );
  for (const { day, drift } of audits) {
    await options.ledger.recordDrift(day, drift);
    if (drift.length > 0) options.differs({ day, breakdowns: drift.length, first: drift[0] });
  }
}

/**
 * The last day that was not counted by the current catalog from its beginning: the day of the first run with a changed
 * catalog. If nothing was ever sealed, all days were counted by the current catalog. Notes the catalog's metrics, too.
 */
async function countedSince(state: State, today: string, { catalog, ledger }: DriftOptions): Promise<string> {
  const current = hash(
    "sha256",
    JSON.stringify(catalog.map(({ breakdowns, ...metric }) => [metric, breakdowns.map(breakdownName)])),
  );
  const same = state.catalog?.hash === current ? state.catalog : undefined;
  if (same?.metrics !== undefined) return same.since;
  const since = same?.since ?? sinceOfChanged(state, today);
  const metrics = catalog.map(({ name }) => [name, firstDayOf(name, state.catalog, today)] as const);
  await ledger.recordCatalog({ hash: current, since, metrics });
  return since;
}

function sinceOfChanged({ catalog, watermark }: State, today: string): string {
  return catalog === undefined && watermark === undefined ? "" : today;
}
