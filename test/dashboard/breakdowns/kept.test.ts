import { expect, test } from "vitest";
import type { ListedMetric } from "../../../src/dashboard/ask/answers.ts";
import { canBreakDown, cardsOf, fittingFilters, isKept, toggleFilter } from "../../../src/dashboard/breakdowns/kept.ts";

const clicks: ListedMetric = {
  name: "clicks",
  title: "",
  value: "count",
  unit: null,
  dimensions: ["target", "path", "device", "country"],
  combinations: [[], ["target"], ["path"], ["device"], ["country"], ["target", "device"]],
  groups_listed: 10_000,
  hourly: [[]],
};
const revenue: ListedMetric = {
  ...clicks,
  name: "revenue",
  value: "sum",
  unit: "currency",
  dimensions: ["currency", "target"],
  combinations: [["currency"], ["target", "currency"]],
};

test("a combination is kept in whatever order it is named", () => {
  expect(isKept(clicks, ["device", "target"])).toBe(true);
  expect(isKept(clicks, ["target", "country"])).toBe(false);
  expect(isKept(clicks, [])).toBe(true);
});

test("the unit is always part of what is kept", () => {
  expect(isKept(revenue, [])).toBe(true);
  expect(isKept(revenue, ["currency", "target"])).toBe(true);
});

test("a dimension can be broken down under filters that are kept together with it, its own not counted", () => {
  expect(canBreakDown(clicks, { target: "apply" }, "device")).toBe(true);
  expect(canBreakDown(clicks, { target: "apply" }, "country")).toBe(false);
  expect(canBreakDown(clicks, { country: "KR" }, "country")).toBe(true);
});

test("changing the metric keeps the filters that it can have, the newest first", () => {
  expect(fittingFilters(clicks, { app: "web", target: "apply", device: "mobile" })).toEqual({
    target: "apply",
    device: "mobile",
  });
  expect(fittingFilters(clicks, { country: "KR", device: "mobile" })).toEqual({ device: "mobile" });
  expect(fittingFilters(revenue, { currency: "KRW", device: "mobile", target: "apply" })).toEqual({
    currency: "KRW",
    target: "apply",
  });
});

test("a filter that is chosen again is taken away", () => {
  const filters = toggleFilter({}, "target", "apply");
  expect(filters).toEqual({ target: "apply" });
  expect(toggleFilter(filters, "target", "save")).toEqual({ target: "save" });
  expect(toggleFilter(filters, "target", "apply")).toEqual({});
});

test("every dimension but the unit is on one card, an unknown one on the last", () => {
  expect(cardsOf({ ...clicks, dimensions: ["country", "colour", "target"] })).toEqual([
    { name: "what", dimensions: ["target"] },
    { name: "visitors", dimensions: ["country"] },
    { name: "more", dimensions: ["colour"] },
  ]);
  expect(cardsOf(revenue)).toEqual([{ name: "what", dimensions: ["target"] }]);
});
