/** What the kind of a metric means for how it is shown. */
import type { ListedMetric } from "../ask/answers.ts";
import { countFormat, durationFormat, moneyFormat, type NumberFormat, percentFormat } from "../words/formats.ts";

/** Whether its numbers of days and of groups may be added: those of sets and ratios may not. */
export function addsUp({ value }: Pick<ListedMetric, "value">): boolean {
  return value !== "distinct" && value !== "ratio";
}

/** Whether it is kept by the minute: what is told from other metrics is not. */
export function hasMinutes({ value }: Pick<ListedMetric, "value">): boolean {
  return value !== "difference" && value !== "ratio";
}

/** How its numbers are written; `unit` is the currency of amounts. */
export function formatFor(
  { unit: kind, format, minor_units }: ListedMetric,
  locale: string,
  unit: string,
): NumberFormat {
  if (format === "percent") return percentFormat(locale);
  if (format === "milliseconds") return durationFormat(locale);
  return kind === "currency" ? moneyFormat(locale, unit, minor_units) : countFormat(locale);
}
