import { expect, test } from "vitest";
import { addsUp, formatFor, hasMinutes } from "../../../src/dashboard/numbers/metric-kind.ts";
import { catalog, derivedMetrics } from "../../../src/metrics/catalog.ts";
import { toMetrics } from "../../../src/query/status/status.ts";

const { metrics } = toMetrics([...catalog, ...derivedMetrics]);
const named = (name: string) => {
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) throw new Error(`There is no metric ${name}`);
  return metric;
};

test.each([
  ["page_views", true, true],
  ["visitors", false, true],
  ["bounces", true, false],
  ["bounce_rate", false, false],
])("%s may be added up: %s, and is kept by the minute: %s", (name, adds, minutes) => {
  expect([addsUp(named(name)), hasMinutes(named(name))]).toEqual([adds, minutes]);
});

test.each([
  ["visits", 1234, "1,234"],
  ["bounce_rate", 0.5, "50%"],
  ["duration_per_visit", 90_000, "1m 30s"],
  ["pages_per_visit", 2.5, "2.5"],
  ["average_payment", 1234.5, "₩1,235"],
])("a number of %s is written so that it can be read", (name, value, text) => {
  expect(formatFor(named(name), "en", "KRW").whole(value)).toBe(text);
});
