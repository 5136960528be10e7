import { expect, test } from "vitest";
import { hasBlocks, lastSettledDay } from "../../../src/table/days/day-state.ts";

test.each([
  ["2026-03-10T14:59:59Z", 0, "2026-03-09"],
  ["2026-03-10T15:00:00Z", 0, "2026-03-10"],
  ["2026-03-10T15:14:59Z", 15, "2026-03-09"],
  ["2026-03-10T15:15:00Z", 15, "2026-03-10"],
  ["2026-03-10T16:30:00Z", 120, "2026-03-09"],
  ["2025-12-31T15:15:00Z", 15, "2025-12-31"],
])("at %s the last day in Seoul that is over for %i minutes is %s", (instant, minutes, day) => {
  expect(lastSettledDay(Date.parse(instant), "Asia/Seoul", minutes)).toBe(day);
});

test("counters answer for an open day until six days after it was first sealed", () => {
  const firstSealedAt = Date.parse("2026-03-01T01:00:00Z");
  const counts = (at: string) => hasBlocks({ firstSealedAt }, Date.parse(at));
  expect(counts("2026-03-01T01:00:00Z")).toBe(true);
  expect(counts("2026-03-07T00:59:59.999Z")).toBe(true);
  expect(counts("2026-03-07T01:00:00Z")).toBe(false);
  // Sealed by a clock that is ahead of ours.
  expect(counts("2026-03-01T00:59:00Z")).toBe(true);
});

test("counters answer for a day that never was sealed, however old it is", () => {
  expect(hasBlocks({}, Date.parse("2036-01-01T00:00:00Z"))).toBe(true);
});
