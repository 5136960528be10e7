import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChosenRange } from "../../src/dashboard/range/range.ts";
import { type Compared, readView, type View, writeView } from "../../src/dashboard/view.ts";

const own = ["page", "metric", "range", "interval", "compare"];
const view: fc.Arbitrary<View> = fc.record({
  page: fc.constantFrom("numbers", "pipeline"),
  metric: fc.option(fc.stringMatching(/^[a-z_]{1,12}$/), { nil: undefined }),
  range: fc.constantFrom<ChosenRange>("today", "30d", "all", { from: "2026-01-01", to: "2026-02-01" }),
  interval: fc.option(fc.constantFrom("hour", "day", "week", "month"), { nil: undefined }),
  compare: fc.constantFrom<Compared>(undefined, "year", { from: "2025-01-01", to: "2025-02-01" }),
  filters: fc.dictionary(
    fc.stringMatching(/^[a-z_]{1,12}$/).filter((name) => !own.includes(name)),
    fc.string({ unit: "grapheme" }),
  ),
});

test("a view comes back from its URL, whatever its filters hold", () => {
  fc.assert(
    fc.property(view, (one) => {
      expect(readView(writeView(one))).toEqual({ ...one, filters: { ...one.filters } });
    }),
  );
});

test("the plainest view has the plainest URL", () => {
  expect(writeView(readView(""))).toBe("");
});

test("the URL reads like the API", () => {
  const { range, ...one } = readView("?metric=clicks&target=apply&device=mobile");
  expect(writeView({ ...one, range: "7d" })).toBe("?metric=clicks&range=7d&target=apply&device=mobile");
  expect(range).toBe("30d");
});

test("nonsense in the URL is the default", () => {
  expect(readView("?page=admin&range=x&interval=year&compare=month&metric=")).toEqual(readView(""));
});

test("a filter may be on the empty value", () => {
  expect(readView("?country=").filters).toEqual({ country: "" });
});
