/**
 * Which questions can be asked about a metric: it is kept only by some breakdowns, and the filters together with the
 * dimension it is broken down by must be one of them.
 */
import type { ListedMetric } from "../ask/answers.ts";
import type { ShownFilters } from "../view.ts";

/** Whether the metric is kept by exactly these dimensions (and its unit). */
export function isKept(metric: ListedMetric, dimensions: Iterable<string>): boolean {
  const wanted = new Set(dimensions);
  if (metric.unit !== null) wanted.add(metric.unit);
  return metric.combinations.some((set) => set.length === wanted.size && set.every((name) => wanted.has(name)));
}

/** Whether it is also kept by the hour, by the dimensions of these filters. */
export function isKeptByHour(metric: ListedMetric, filters: ShownFilters): boolean {
  return isKept({ ...metric, combinations: metric.hourly }, Object.keys(filters));
}

/**
 * Whether the metric can be broken down by a dimension with these filters. A filter on the dimension itself does not
 * matter.
 */
export function canBreakDown(metric: ListedMetric, filters: ShownFilters, dimension: string): boolean {
  return isKept(metric, [...Object.keys(filters), dimension]);
}

/**
 * The filters without impossible ones: removes unknown ones first, then the oldest, until the metric is kept by the
 * rest.
 */
export function fittingFilters(metric: ListedMetric, filters: ShownFilters): ShownFilters {
  const unit = Object.entries(filters).filter(([name]) => name === metric.unit);
  let rest = Object.entries(filters).filter(([name]) => name !== metric.unit && metric.dimensions.includes(name));
  while (rest.length > 0 && !isKept(metric, Object.keys(Object.fromEntries(rest)))) rest = rest.slice(1);
  return Object.fromEntries([...unit, ...rest]);
}

/** The filters with one added, or with it removed if it is there already. */
export function toggleFilter(filters: ShownFilters, dimension: string, value: string): ShownFilters {
  const { [dimension]: present, ...others } = filters;
  return present === value ? others : { ...others, [dimension]: value };
}

export function withoutFilter(filters: ShownFilters, dimension: string): ShownFilters {
  const { [dimension]: _, ...others } = filters;
  return others;
}

const cards = {
  what: ["target", "name", "status", "method"],
  pages: ["path", "entry_path", "previous_path", "host", "app"],
  sources: ["referrer_host", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"],
  visitors: ["country", "language", "device", "browser", "os"],
  more: [],
} as const satisfies Record<string, readonly string[]>;

export type CardName = keyof typeof cards;
export type Card = { name: CardName; dimensions: string[] };

/** The metric's dimensions in display order, with one card for related dimensions. */
export function cardsOf(metric: ListedMetric): Card[] {
  const asked = metric.dimensions.filter((name) => name !== metric.unit);
  const inCards: string[] = Object.values(cards).flat();
  return cardNames
    .map((name) => ({
      name,
      dimensions:
        name === "more"
          ? asked.filter((one) => !inCards.includes(one))
          : cards[name].filter((one) => asked.includes(one)),
    }))
    .filter((card) => card.dimensions.length > 0);
}

const cardNames: readonly CardName[] = ["what", "pages", "sources", "visitors", "more"];
