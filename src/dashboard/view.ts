/**
 * What is being looked at. The URL contains all of it, so that a view can be shared and Back works. Filters are named
 * as in the API; every other parameter has a name that is no dimension.
 */
import { type ChosenRange, readRange, type Span, writeRange } from "./range/range.ts";

export type ShownFilters = Readonly<Record<string, string>>;
export type Interval = "hour" | "day" | "week" | "month";
/** What a range is compared with: the days before it if undefined. */
export type Compared = "year" | Span | undefined;
export type View = {
  page: "numbers" | "pipeline";
  /** The first of the catalog if undefined. */
  metric: string | undefined;
  range: ChosenRange;
  /** The one that suits the number of days if undefined. */
  interval: Interval | undefined;
  compare: Compared;
  filters: ShownFilters;
};

const own = ["page", "metric", "range", "interval", "compare"];
const intervals = { hour: true, day: true, week: true, month: true };

/** Reads the page's query string. Anything that is not understood gets its default. */
export function readView(search: string): View {
  const params = new URLSearchParams(search);
  const interval = params.get("interval") ?? "";
  return {
    page: params.get("page") === "pipeline" ? "pipeline" : "numbers",
    metric: params.get("metric") || undefined,
    range: readRange(params.get("range") ?? "") ?? "30d",
    interval: isInterval(interval) ? interval : undefined,
    compare: readCompared(params.get("compare") ?? ""),
    filters: Object.fromEntries([...params].filter(([name]) => !own.includes(name))),
  };
}

/** The query string of a view, with its question mark; empty for the default view. */
export function writeView({ page, metric, range, interval, compare, filters }: View): string {
  const params = new URLSearchParams();
  if (page !== "numbers") params.set("page", page);
  if (metric !== undefined) params.set("metric", metric);
  if (range !== "30d") params.set("range", writeRange(range));
  if (interval !== undefined) params.set("interval", interval);
  if (compare !== undefined) params.set("compare", compare === "year" ? compare : writeRange(compare));
  for (const [name, value] of Object.entries(filters)) if (!own.includes(name)) params.set(name, value);
  return params.size > 0 ? `?${params}` : "";
}

export function isInterval(text: string): text is Interval {
  return Object.hasOwn(intervals, text);
}

function readCompared(text: string): Compared {
  if (text === "year") return text;
  const range = readRange(text);
  return typeof range === "string" ? undefined : range;
}
