/**
 * Since when a metric is counted. Blocks do not say which metrics their release knew, so each batch run notes the
 * metrics of its catalog, and a metric that no run has noted before is new today.
 */
import { addDays } from "../../metrics/time-bucket.ts";
import { KEPT_DAYS } from "../blocks/frontier.ts";
import type { LedgerDay, RollupState } from "./day-state.ts";

type Catalog = RollupState["catalog"];

/** The day on which a metric was first counted; empty if it was known when metrics were first noted. */
export function firstDayOf(metric: string, catalog: Catalog, today: string): string {
  if (catalog?.metrics === undefined) return "";
  return new Map(catalog.metrics).get(metric) ?? today;
}

/**
 * The days of which some events may have been counted without the metric. Blocks from before its first day expire, so
 * an import of old days is not taken for partly counted for ever.
 */
export function daysWithout(metric: string, days: readonly LedgerDay[], known: { catalog: Catalog; today: string }) {
  const first = firstDayOf(metric, known.catalog, known.today);
  if (first === "" || known.today > addDays(first, KEPT_DAYS)) return [];
  return days.flatMap(({ day, seen }) => (day <= first && seen > 0 ? [day] : []));
}
