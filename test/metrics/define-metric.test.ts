import { describe, expect, it } from "vitest";
import {
  breakdownName,
  type Dimension,
  defineMetric,
  findBreakdown,
  listens,
  type MetricInput,
} from "../../src/metrics/define-metric.ts";

const input: MetricInput = { name: "sales", title: "Sales", on: ["sale"], value: { kind: "count" }, by: ["target"] };

describe("defineMetric", () => {
  it("writes combinations in one order, the total first", () => {
    const metric = defineMetric({ ...input, by: ["target", ["target", "app"]] });
    expect(metric.breakdowns).toEqual([[], ["target"], ["app", "target"]]);
  });

  it("adds the unit to every combination", () => {
    const metric = defineMetric({ ...input, unit: "currency" });
    expect(metric.breakdowns).toEqual([["currency"], ["target", "currency"]]);
  });

  it("writes dimensions in the order that stored keys rely on", () => {
    const wanted = [
      "app name host path target referrer_host channel utm_source utm_medium",
      "utm_campaign country language device browser os currency method status",
    ].flatMap((names) => names.split(" ") as Dimension[]);
    expect(defineMetric({ ...input, by: [wanted.toReversed()] }).breakdowns[1]).toEqual(wanted);
  });

  it("counts every event that people cause when nothing else is said", () => {
    const total = { where: [], robots: false, breakdowns: [[], ["target"]] };
    expect(defineMetric(input)).toMatchObject({ name: "sales", title: "Sales", on: ["sale"], ...total });
  });

  it("keeps the conditions, and robots when they are wanted", () => {
    const where = [{ column: "amount", is: ">=", than: 1 }] as const;
    expect(defineMetric({ ...input, where, robots: true })).toMatchObject({ where, robots: true });
  });

  it.each(["a", "a1", "page_views_2", "a".repeat(64)])("takes the name %s", (name) => {
    expect(defineMetric({ ...input, name }).name).toBe(name);
  });

  it.each(["Sales!", "", "Sales", "1st", "_a", " sales", "sales ", "sales\n", "sAles", "sal-es", "a".repeat(65)])(
    "throws when a name is %j",
    (name) => {
      expect(() => defineMetric({ ...input, name })).toThrow(new TypeError(`Cannot define metric "${name}": bad name`));
    },
  );

  it("throws when a combination is given twice", () => {
    expect(() =>
      defineMetric({
        ...input,
        by: [
          ["app", "target"],
          ["target", "app"],
        ],
      }),
    ).toThrow(new TypeError('Cannot define metric "sales": "app+target" is given twice'));
  });

  it("throws when the unit is given as a combination of its own", () => {
    expect(() => defineMetric({ ...input, unit: "currency", by: ["currency"] })).toThrow('"currency" is given twice');
  });
});

describe("findBreakdown", () => {
  it("finds a combination in whatever order it is asked for", () => {
    const metric = defineMetric({ ...input, by: [["target", "app"]] });
    expect(findBreakdown(metric, ["target", "app"])).toEqual(["app", "target"]);
    expect(findBreakdown(metric, ["device"])).toBeUndefined();
    expect(findBreakdown(metric, ["app"])).toBeUndefined();
    expect(findBreakdown(metric, [])).toEqual([]);
  });
});

describe("breakdownName", () => {
  it("joins dimensions with a plus, and is empty for the total", () => {
    expect(breakdownName(["app", "target"])).toBe("app+target");
    expect(breakdownName([])).toBe("");
  });
});

describe("listens", () => {
  it("is about the names that are given", () => {
    const metric = defineMetric({ ...input, on: ["sale", "refund"] });
    expect(["sale", "refund", "click", "sal", ""].map((name) => listens(metric, name))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it("is about every name but those that are excepted", () => {
    const metric = defineMetric({ ...input, on: { except: ["sale"] } });
    expect(["sale", "click"].map((name) => listens(metric, name))).toEqual([false, true]);
  });
});
