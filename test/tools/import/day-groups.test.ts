import { expect, test } from "vitest";
import { createDayGroups, dayOfEvent } from "../../../tools/import/day-groups.ts";

test("days are grouped in the order in which they first appear, the same however much follows", () => {
  const { groupOf, ...counted } = createDayGroups(2);
  expect(["c", "a", "c", "b", "d", "e", "a", "b"].map(groupOf)).toEqual([0, 0, 0, 1, 1, 2, 0, 1]);
  const again = createDayGroups(2);
  for (const day of ["c", "a", "b"]) again.groupOf(day);
  expect([again.days, again.groups]).toEqual([3, 2]);
  expect(Object.keys(counted)).toEqual(["days", "groups"]);
});

test("the day of an event is that of the stage's time zone; what has no time, or none that exists, has none", () => {
  expect(dayOfEvent(Date.UTC(2024, 1, 28, 20), "Asia/Seoul")).toBe("2024-02-29");
  expect([undefined, Number.NaN, 8.64e15, -1e300].map((instant) => dayOfEvent(instant, "Asia/Seoul"))).toEqual([
    "",
    "",
    "",
    "",
  ]);
});
