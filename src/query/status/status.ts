/**
 * What the pipeline reports about itself: which metrics there are, whether data arrives, and which days are not as they
 * should be.
 */
import * as z from "zod/mini";
import { joinKey, splitKey } from "../../metrics/key.ts";
import { mergeTallies, type Tally, toRanking } from "../../metrics/merge.ts";
import type { MetricsAnswer, StatusAnswer } from "../../schemas/api/answer.ts";
import { type FieldError, fieldError } from "../../schemas/api/collect-answer.ts";
import { minorUnits } from "../../schemas/currency.ts";
import type { SnapshotState } from "../../schemas/tables/snapshot-state.ts";
import type { BatchRun, LedgerDay, RollupState } from "../../table/days/day-state.ts";
import { MOST_SAMPLES, type RejectedSample } from "../../table/rejected-samples.ts";
import { exactNumber } from "../exact-number.ts";
import { type AskedMetric, breakdownsOf, dimensionsOf, groupsListed, isDerived } from "../question.ts";
import { toSources } from "./source-status.ts";

/**
 * `rejected` holds the last days' counts of rejected events by reason; `today` is the local date; `samples` are in any
 * order.
 */
export type StatusParts = {
  state: RollupState;
  days: readonly LedgerDay[];
  rejected: ReadonlyMap<string, Tally>;
  /** The same by source. */
  rejectedBySource: ReadonlyMap<string, Tally>;
  /** Refused requests of the same days, by reason, app and source. */
  refused: ReadonlyMap<string, Tally>;
  /** By day, the sections whose smaller values were added up. */
  bounded: ReadonlyMap<string, readonly string[]>;
  samples: readonly RejectedSample[];
  snapshots: readonly SnapshotState[];
  /** The first of the days of `rejected` and `refused`. */
  since: string;
  today: string;
  timezone: string;
};

/** The list of metrics. */
export function toMetrics(catalog: readonly AskedMetric[]): MetricsAnswer {
  return {
    metrics: catalog.map((metric) => ({
      name: metric.name,
      title: metric.title,
      value: metric.value.kind,
      ...(isDerived(metric) && metric.format && { format: metric.format }),
      unit: metric.unit ?? null,
      ...(metric.unit === "currency" && { minor_units: { ...minorUnits } }),
      dimensions: dimensionsOf(metric),
      combinations: breakdownsOf(metric).day,
      groups_listed: groupsListed(metric),
      hourly: breakdownsOf(metric).hour,
    })),
  };
}

/** The reasons for which samples are shown: the most frequent ones of all days. */
export function sampledReasons(rejected: ReadonlyMap<string, Tally>): string[] {
  return toReasons(rejected.values())
    .reasons.slice(0, MOST_SAMPLES)
    .map(({ reason }) => reason);
}

export function toStatus(parts: StatusParts): StatusAnswer {
  const { state, days, rejected, rejectedBySource, refused, bounded, samples, snapshots, today, timezone } = parts;
  const open = [...state.open.keys()];
  return {
    timezone,
    today,
    has_events: state.rollupVersion > 0 || open.length > 0,
    sealed_through: state.watermark ?? null,
    open_days: open,
    late_days: open.filter((day) => day <= (state.watermark ?? "")),
    short_days: [...state.short].map(([day, missing]) => ({ day, missing })),
    reused_ids: days.flatMap(({ day, reusedIds: ids = 0 }) => (ids > 0 ? [{ day, ids }] : [])),
    bounded_days: open.flatMap((day) => toBounded(day, bounded.get(day))),
    drift: days.flatMap(({ day, drift: breakdowns = 0, drifted = [] }) =>
      breakdowns > 0 ? [{ day, breakdowns, first: [...drifted] }] : [],
    ),
    days: days.toReversed().map(toDay),
    rejected: {
      today: toReasons([rejected.get(today) ?? new Map()]),
      last_7_days: toReasons(rejected.values()),
      samples: samples.toSorted(newestFirst).map(toSample),
    },
    refused: { today: toRefused([refused.get(today) ?? new Map()]), last_7_days: toRefused(refused.values()) },
    sources: toSources({ ...parts, rejected: rejectedBySource }),
    snapshots: snapshots.map(toSnapshot),
    last_batch_run: state.lastRun === undefined ? null : toRun(state.lastRun),
  };
}

function toSnapshot({ source, last, failed }: SnapshotState) {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    source,
    at: last === undefined ? null : iso(last.at),
    consistent: last?.consistent ?? null,
    tables: (last?.tables ?? []).map(({ table, rows, checksum, kept, skipped }) => {
      return { table, rows, checksum, kept: Object.values(kept).reduce((sum, count) => sum + count, 0), skipped };
    }),
    failed: failed === undefined ? null : { at: iso(failed.at), message: failed.message },
  };
}

function toDay({ day, seen, robots = 0, lakeRows, sealedRows, sealedAt, drift }: LedgerDay) {
  return {
    day,
    seen,
    robots,
    lake_rows: lakeRows ?? null,
    sealed_rows: sealedRows ?? null,
    sealed_at: sealedAt === undefined ? null : new Date(sealedAt).toISOString(),
    drift: drift ?? null,
  };
}

function toBounded(day: string, sections: readonly string[] = []) {
  if (sections.length === 0) return [];
  return [{ day, breakdowns: sections.map((name) => name.replace(" ", " by ")) }];
}

function toRun({ startedAt, endedAt, sealed, waiting, failed }: BatchRun) {
  return {
    started_at: new Date(startedAt).toISOString(),
    ended_at: new Date(endedAt).toISOString(),
    sealed: [...sealed],
    waiting: [...waiting],
    failed: [...failed],
  };
}

function toReasons(tallies: Iterable<Tally>) {
  const reasons = toRanking(mergeTallies(tallies));
  return {
    total: exactNumber(reasons.reduce((sum, { value }) => sum + value, 0n)),
    reasons: reasons.map(({ key, value }) => ({ reason: splitKey(key, 1)[0] ?? "", value: exactNumber(value) })),
  };
}

function toRefused(tallies: Iterable<Tally>) {
  const byApp = [...tallies].map((tally) =>
    mergeTallies([...tally].map(([key, n]) => new Map([[withoutSource(key), n]]))),
  );
  return toRanking(mergeTallies(byApp)).map(({ key, value }) => {
    const [reason = "", app = ""] = splitKey(key, 2);
    return { reason, app, requests: exactNumber(value) };
  });
}

function withoutSource(key: string): string {
  return joinKey(splitKey(key, 3).slice(0, 2));
}

const fieldErrors = z.array(fieldError);

/** Samples of the same instant are sorted by reason, so that the order is the same in each answer. */
function newestFirst(a: RejectedSample, b: RejectedSample): number {
  return b.received_at.localeCompare(a.received_at) || (a.reason < b.reason ? -1 : 1);
}

function toSample({ errors, ...sample }: RejectedSample) {
  return { ...sample, errors: readErrors(errors) };
}

/** The errors, which the table stores as text. A sample whose errors cannot be read is shown without them. */
function readErrors(json: string): FieldError[] {
  try {
    return fieldErrors.parse(JSON.parse(json));
  } catch {
    return [];
  }
}
