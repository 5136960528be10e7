/** How a metric is shown, depending on its kind. */
import type { ListedMetric } from "../ask/answers.ts";
import { countFormat, durationFormat, moneyFormat, type NumberFormat, percentFormat } from "../words/formats.ts";

/** Whether its numbers can be added over days and groups: not for distinct counts and ratios. */
export function addsUp({ value }: Pick<ListedMetric, "value">): boolean {
  return value !== "distinct" && value !== "ratio";
}

/** Whether it is kept by the minute: not if it is derived from other metrics. */
export function hasMinutes({ value }: Pick<ListedMetric, "value">): boolean {
  return value !== "difference" && value !== "ratio";
}

/** How its numbers are formatted; `unit` is the currency of amounts. */
export function formatFor(
  { unit: kind, format, minor_units }: ListedMetric,
  locale: string,
  unit: string,
): NumberFormat {
  if (format === "percent") return percentFormat(locale);
  if (format === "milliseconds") return durationFormat(locale);
  return kind === "currency" ? moneyFormat(locale, unit, minor_units) : countFormat(locale);
}
