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
  by?: string;
  /** A series, in steps of these. */
  interval?: Interval;
  limit?: number;
  offset?: number;
};

export const METRICS_PATH = "/v1/metrics";
export const STATUS_PATH = "/v1/status";

export function metricPath({ metric, filters, span, by, interval, limit, offset = 0 }: MetricQuestion): string {
  const params = new URLSearchParams(sorted(filters));
  if (span !== undefined) {
    params.set("from", span.from);
    params.set("to", span.to);
  }
  if (by !== undefined) params.set("by", by);
  if (interval !== undefined) params.set("interval", interval);
  if (limit !== undefined) params.set("limit", String(limit));
  if (offset > 0) params.set("offset", String(offset));
  return withParams(`/v1/metrics/${encodeURIComponent(metric)}`, params);
}

export function livePath(metric: string, filters: ShownFilters, minutes: number): string {
  return withParams(
    `/v1/live/${encodeURIComponent(metric)}`,
    new URLSearchParams({ minutes: String(minutes), ...filters }),
  );
}

function withParams(path: string, params: URLSearchParams): string {
  return params.size > 0 ? `${path}?${params}` : path;
}

function sorted(filters: ShownFilters): [string, string][] {
  return Object.entries(filters).sort(([a], [b]) => (a < b ? -1 : 1));
}
