import { describe, expect, test } from "vitest";
import { catalog, derivedMetrics } from "../../src/metrics/catalog.ts";
import { breakdownName } from "../../src/metrics/define-metric.ts";
import { type DerivedInput, deriveMetric, partBreakdown } from "../../src/metrics/derive-metric.ts";

const derived = derivedMetrics;
const found = (name: string) => derived.find((metric) => metric.name === name);
const breakdowns = (name: string) => found(name)?.breakdowns.map(breakdownName);
const parts = (name: string, side: "of" | "to") =>
  found(name)?.[side].map(({ metric, sign }) => `${sign === 1n ? "+" : "-"}${metric.name}`);
const derive = (value: DerivedInput["value"]) => deriveMetric({ name: "x", title: "X", value }, catalog, derived);

describe("a derived metric", () => {
  test("is made of what is kept, through others that are derived", () => {
    expect(parts("bounces", "of")).toEqual(["+visits", "-continued_visits"]);
    expect(parts("bounces", "to")).toEqual([]);
    expect(parts("bounce_rate", "of")).toEqual(["+visits", "-continued_visits"]);
    expect(parts("bounce_rate", "to")).toEqual(["+visits"]);
    const turned = derive({ kind: "difference", of: { metric: "visits" }, less: { metric: "bounces" } });
    expect(turned.of.map(({ metric, sign }) => [metric.name, sign])).toEqual([
      ["visits", 1n],
      ["visits", -1n],
      ["continued_visits", 1n],
    ]);
  });

  test("has the breakdowns that all of its parts keep, the total first", () => {
    expect(breakdowns("bounces")?.[0]).toBe("");
    expect(breakdowns("bounces")).toEqual(
      expect.arrayContaining(["app", "path", "channel", "utm_campaign", "app+path"]),
    );
    expect(breakdowns("bounces")).not.toContain("entry_path");
    expect(breakdowns("bounces")).not.toContain("hour");
    expect(breakdowns("exits")?.toSorted()).toEqual(["", "app", "app+path", "path"]);
    expect(breakdowns("click_through_rate")).toEqual(expect.arrayContaining(["", "target", "hour", "app+hour"]));
    expect(breakdowns("average_payment")).toEqual(["currency"]);
    expect(found("average_payment")?.unit).toBe("currency");
  });

  test("reads a part by the dimension that replaces its own", () => {
    const [pages, next] = found("exits")?.of ?? [];
    if (pages === undefined || next === undefined) throw new Error("Exits have two parts");
    expect([partBreakdown(pages, ["app", "path"]), partBreakdown(next, ["app", "path"])]).toEqual([
      ["app", "path"],
      ["app", "previous_path"],
    ]);
  });

  test.each<[string, DerivedInput["value"], string]>([
    ["of nothing", { kind: "difference", of: { metric: "nothing" } }, 'there is no sum or difference "nothing"'],
    [
      "of a ratio",
      { kind: "ratio", of: { metric: "bounce_rate" }, to: { metric: "visits" } },
      'there is no sum or difference "bounce_rate"',
    ],
    [
      "of numbers that have no breakdown together",
      { kind: "ratio", of: { metric: "revenue" }, to: { metric: "visits" } },
      "its parts keep no breakdown together",
    ],
    [
      "whose keys would be in another order",
      { kind: "ratio", of: { metric: "revenue", reads: { currency: "target" } }, to: { metric: "revenue" } },
      "its parts keep no breakdown together",
    ],
  ])("is refused %s", (_, value, why) => {
    expect(() => derive(value)).toThrow(new TypeError(`Cannot derive metric "x": ${why}`));
  });

  test("is no difference of sets, which cannot be subtracted", () => {
    expect(() => derive({ kind: "difference", of: { metric: "visitors" }, less: { metric: "users" } })).toThrow(
      'Cannot derive metric "x": "visitors" is a set, and cannot be added or subtracted',
    );
  });
});
