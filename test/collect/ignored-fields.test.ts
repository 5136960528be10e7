import { expect, test } from "vitest";
import { ignoredFields } from "../../src/collect/ignored-fields.ts";

const wrong = (path: string, message = "names nobody") => ({ path, message });

test("what was ignored is told once, with the first event that has it and how many do", () => {
  const ids = wrong("user_id");
  const told = ignoredFields([
    { index: 2, ignored: [ids, wrong("session_id")] },
    { index: 3, ignored: [] },
    { index: 5, ignored: [ids] },
  ]);
  expect(told).toEqual([
    { ...ids, index: 2, events: 2 },
    { ...wrong("session_id"), index: 2, events: 1 },
  ]);
});

test("of many different ones the first twenty are told", () => {
  const ignored = Array.from({ length: 30 }, (_, i) => wrong("user_id", `${i}`));
  expect(ignoredFields([{ index: 0, ignored }])).toHaveLength(20);
});
