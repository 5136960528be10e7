import { describe, expect, it } from "vitest";
import { catalog } from "../../src/metrics/catalog.ts";
import { defineMetric, findSet, type MetricInput } from "../../src/metrics/define-metric.ts";

const input: MetricInput = { name: "sales", title: "Sales", on: ["sale"], value: { kind: "count" }, by: ["target"] };

describe("defineMetric", () => {
  it("writes combinations in one order, the total first", () => {
    const metric = defineMetric({ ...input, by: ["target", ["target", "app"]] });
    expect(metric.sets).toEqual([[], ["target"], ["app", "target"]]);
  });

  it("adds the unit to every combination", () => {
    const metric = defineMetric({ ...input, unit: "currency" });
    expect(metric.sets).toEqual([["currency"], ["target", "currency"]]);
  });

  it("throws when a name is not one", () => {
    expect(() => defineMetric({ ...input, name: "Sales!" })).toThrow('Cannot define metric "Sales!": bad name');
  });

  it("throws when a combination is given twice", () => {
    expect(() =>
      defineMetric({
        ...input,
        by: [
          ["app", "target"],
          ["target", "app"],
        ],
      }),
    ).toThrow('"app+target" is given twice');
  });
});

describe("findSet", () => {
  it("finds a combination in whatever order it is asked for", () => {
    const metric = defineMetric({ ...input, by: [["target", "app"]] });
    expect(findSet(metric, ["target", "app"])).toEqual(["app", "target"]);
    expect(findSet(metric, ["device"])).toBeUndefined();
  });
});

describe("catalog", () => {
  it("names each metric once", () => {
    const names = catalog.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
