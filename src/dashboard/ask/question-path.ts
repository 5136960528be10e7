/**
 * The API paths for the page's questions. The same question always has the same path, because answers are cached by it.
 */
import type { Span } from "../range/range.ts";
import type { Interval, ShownFilters } from "../view.ts";

export type MetricQuestion = {
  metric: string;
  filters: ShownFilters;
  /** Today if absent. */
  span?: Span | undefined;
  /** So many minutes up to now, instead of days. */
  minutes?: number | undefined;
  by?: string;
  /** A series, in steps of these. */
  interval?: Interval;
  limit?: number;
  offset?: number;
};

export const METRICS_PATH = "/v1/metrics";
export const STATUS_PATH = "/v1/status";

export function metricPath({ metric, filters, span, minutes, by, interval, limit, offset }: MetricQuestion): string {
  const params = new URLSearchParams(sorted(filters));
  for (const [name, value] of Object.entries({ ...span, minutes, by, interval, limit, offset: offset || undefined }))
    if (value !== undefined) params.set(name, String(value));
  const path = `/v1/${minutes === undefined ? "metrics" : "live"}/${encodeURIComponent(metric)}`;
  return params.size > 0 ? `${path}?${params}` : path;
}

function sorted(filters: ShownFilters): [string, string][] {
  return Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
}
