import fc from "fast-check";
import { expect, test } from "vitest";
import { areaPath, barsPath, linePath, slotAt, slotMiddle } from "../../../src/dashboard/chart/path.ts";
import { createScale, thinOut } from "../../../src/dashboard/chart/scale.ts";

const slots = { count: 4, width: 100 };

test("every value lies between the lines of its scale, and the lines are round", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1e9, max: 1e12 }), { minLength: 1 }), (values) => {
      const { ticks, y } = createScale(values, 200, 4);
      for (const value of [...values, 0]) {
        expect(y(value)).toBeGreaterThanOrEqual(-1e-6);
        expect(y(value)).toBeLessThanOrEqual(200 + 1e-6);
      }
      expect(ticks.every(Number.isInteger)).toBe(true);
      expect(ticks.length).toBeLessThanOrEqual(8);
      expect(ticks).toContain(0);
    }),
  );
});

test("a chart of rates has lines between 0 and 1", () => {
  expect(createScale([0.02, 0.011], 100, 4).ticks).toEqual([0, 0.005, 0.01, 0.015, 0.02]);
  expect(createScale([1, 0], 100, 4).ticks).toEqual([0, 1]);
});

test("a chart of nothing has a scale", () => {
  expect(createScale([], 100, 4).ticks).toEqual([0, 1]);
  expect(createScale([0, 0], 100, 4).y(0)).toBe(100);
});

test("the pointer finds the slot that it is over", () => {
  for (const i of [0, 1, 2, 3]) expect(slotAt(slots, slotMiddle(slots, i))).toBe(i);
  expect(slotAt(slots, -5)).toBe(0);
  expect(slotAt(slots, 500)).toBe(3);
});

test("bars of no height are left out, the rest stand on their floors", () => {
  expect(barsPath(slots, [10, 50, 50, 20], [50, 50, 50, 40])).toBe("M2.8 50V10h19.5V50zM77.8 40V20h19.5V40z");
});

test("a line is interrupted by a gap", () => {
  expect(linePath(slots, [1, 2, undefined, 3])).toBe("M12.5 1L37.5 2M87.5 3");
});

test("an area ends on its base line", () => {
  expect(areaPath(slots, [1, 2, 3, 4], 9)).toBe("M12.5 1L37.5 2L62.5 3L87.5 4L87.5 9H12.5z");
  expect(areaPath(slots, [undefined], 9)).toBe("");
});

test("labels are thinned out from the last", () => {
  expect(thinOut([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 3, 6]);
  expect(thinOut([4, 5], 10)).toEqual([4, 5]);
  expect(thinOut([], 3)).toEqual([]);
});
