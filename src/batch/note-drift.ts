/**
 * Compares the days that a run has sealed with their blocks, and reports differences in the ledger, the log and the
 * alarm.
 */
import { hash } from "node:crypto";
import { breakdownName, type Metric } from "../metrics/define-metric.ts";
import type { Drift } from "../metrics/digest.ts";
import { type AuditedDay, type AuditOptions, auditDays } from "./audit-days.ts";

/** A hash of the catalog at the last batch run, and the day since which it is so. */
type Catalog = { hash: string; since: string };
type State = { catalog?: Catalog; watermark?: string };
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
 * catalog. If nothing was ever sealed, all days were counted by the current catalog.
 */
async function countedSince(state: State, today: string, { catalog, ledger }: DriftOptions): Promise<string> {
  const current = hash(
    "sha256",
    JSON.stringify(catalog.map(({ breakdowns, ...metric }) => [metric, breakdowns.map(breakdownName)])),
  );
  if (state.catalog?.hash === current) return state.catalog.since;
  const since = state.catalog === undefined && state.watermark === undefined ? "" : today;
  await ledger.recordCatalog({ hash: current, since });
  return since;
}
