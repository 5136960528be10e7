import { expect, test } from "vitest";
import { mergeReasons, rejectedSql, stateOfDay } from "../../../src/dashboard/pipeline/days.ts";

const status = {
  today: "2026-11-22",
  open_days: ["2026-11-19", "2026-11-21", "2026-11-22"],
  late_days: ["2026-11-19"],
  short_days: [{ day: "2026-11-18", missing: 3 }],
};

test.each([
  ["2026-11-22", "today"],
  ["2026-11-21", "open"],
  ["2026-11-20", "sealed"],
  ["2026-11-19", "late"],
  ["2026-11-18", "short"],
] as const)("%s is %s", (day, state) => {
  expect(stateOfDay(status, day)).toBe(state);
});

test("reasons of today and of the week stand in one list", () => {
  const reasons = mergeReasons({
    today: { total: 3, reasons: [{ reason: "url", value: 3 }] },
    last_7_days: { total: 9, reasons: [{ reason: "name", value: 6 }] },
  });
  expect(reasons).toEqual([
    { reason: "name", today: 0, week: 6 },
    { reason: "url", today: 3, week: 0 },
  ]);
});

test("the SQL for samples asks for one partition range", () => {
  expect(rejectedSql("2026-11-16")).toContain("WHERE dt >= '2026-11-16'");
});
