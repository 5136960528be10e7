/**
 * What is being looked at. The URL contains all of it, so that a view can be shared and Back works. Filters are named
 * as in the API; every other parameter has a name that is no dimension.
 */
import { type ChosenRange, readRange, writeRange } from "./range/range.ts";

export type ShownFilters = Readonly<Record<string, string>>;
export type Interval = "day" | "week" | "month";
export type View = {
  page: "numbers" | "pipeline";
  /** The first of the catalog if undefined. */
  metric: string | undefined;
  range: ChosenRange;
  /** The one that suits the number of days if undefined. */
  interval: Interval | undefined;
  filters: ShownFilters;
};

const own = ["page", "metric", "range", "interval"];
const intervals = { day: true, week: true, month: true };

/** Reads the page's query string. Anything that is not understood gets its default. */
export function readView(search: string): View {
  const params = new URLSearchParams(search);
  const interval = params.get("interval") ?? "";
  return {
    page: params.get("page") === "pipeline" ? "pipeline" : "numbers",
    metric: params.get("metric") || undefined,
    range: readRange(params.get("range") ?? "") ?? "30d",
    interval: isInterval(interval) ? interval : undefined,
    filters: Object.fromEntries([...params].filter(([name]) => !own.includes(name))),
  };
}

/** The query string of a view, with its question mark; empty for the default view. */
export function writeView({ page, metric, range, interval, filters }: View): string {
  const params = new URLSearchParams();
  if (page !== "numbers") params.set("page", page);
  if (metric !== undefined) params.set("metric", metric);
  if (range !== "30d") params.set("range", writeRange(range));
  if (interval !== undefined) params.set("interval", interval);
  for (const [name, value] of Object.entries(filters)) if (!own.includes(name)) params.set(name, value);
  return params.size > 0 ? `?${params}` : "";
}

export function isInterval(text: string): text is Interval {
  return Object.hasOwn(intervals, text);
}
