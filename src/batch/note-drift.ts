/** Compares the days that a run has sealed with what their blocks said, and says what differs: in the ledger, the log and the alarm. */
import { hash } from "node:crypto";
import { breakdownName, type Metric } from "../metrics/define-metric.ts";
import type { Drift } from "../metrics/digest.ts";
import { type AuditedDay, type AuditOptions, auditDays } from "./audit-days.ts";

/** What the catalog was when the batch ran last, and the day on which it became so. */
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

/** Rejects with what Athena or the table rejects with: then nothing is known of the days. */
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
 * The last day that was not counted by the catalog of now from its beginning: that of the first run with another catalog than before.
 * Where nothing was ever sealed, all days were.
 */
async function countedSince(state: State, today: string, { catalog, ledger }: DriftOptions): Promise<string> {
  const now = hash(
    "sha256",
    JSON.stringify(catalog.map(({ breakdowns, ...metric }) => [metric, breakdowns.map(breakdownName)])),
  );
  if (state.catalog?.hash === now) return state.catalog.since;
  const since = state.catalog === undefined && state.watermark === undefined ? "" : today;
  await ledger.recordCatalog({ hash: now, since });
  return since;
}
