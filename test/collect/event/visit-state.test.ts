import { expect, test } from "vitest";
import { visitFields } from "../../../src/collect/event/visit-state.ts";

const at = 1_795_000_000_000;
const view = { name: "page_view", url: "https://e.com/b", occurred_at: at };
const list = [
  "2",
  "https://e.com/a",
  `${at - 5000}`,
  at - 7000,
  "https://e.com/a?utm_source=x",
  "https://t.co/",
  "",
  "",
];

test("the list of the beacon is the fields that servers name", () => {
  expect(visitFields({ ...view, visit: list })).toEqual({
    page_number: 2,
    previous_path: "https://e.com/a",
    elapsed_ms: 5000,
    visit_ms: 7000,
    entry_url: "https://e.com/a?utm_source=x",
    entry_referrer: "https://t.co/",
  });
});

test("a visitor who is known again has a first visit", () => {
  const known = [...list.slice(0, 6), "https://e.com/?utm_source=f", ""];
  expect(visitFields({ ...view, visit: known })).toMatchObject({
    first_url: "https://e.com/?utm_source=f",
    first_referrer: "",
  });
});

test.each([
  ["before its first page, a visit has no time", "looked", 0, undefined],
  ["its first page has none", "page_view", 1, undefined],
  ["what happens on its first page has", "click", "1", 5000],
])("%s", (_, name, pages, elapsed) => {
  expect(visitFields({ ...view, name, visit: [pages, ...list.slice(1)] })?.elapsed_ms).toBe(elapsed);
});

test.each([
  ["was put back", [at + 3_600_000, at + 3_600_000], 0, 0],
  ["says nothing", ["", undefined], undefined, undefined],
  ["says what is no time", ["x", {}], undefined, undefined],
])("a clock that %s makes no time that cannot be", (_, [last, began], elapsed, since) => {
  const visit = [3, "/a", last, began, "/", "", "", ""];
  expect(visitFields({ ...view, visit })).toMatchObject({ elapsed_ms: elapsed, visit_ms: since });
});

test("a list that has become its own JSON is the list", () => {
  const visit = JSON.stringify(list);
  expect(visitFields({ ...view, visit })).toEqual(visitFields({ ...view, visit: list }));
});

test.each([
  {},
  { visit: "[" },
  { visit: "[1,2]" },
  { visit: '{"length":8}' },
  { visit: `["${"a".repeat(50_000)}",2,3,4,5,6,7,8]` },
  { visit: "first" },
  { visit: [1, 2] },
  { visit: null },
  { visit: { pages: 1 } },
])("%j is an event like any other", (event) => {
  expect(visitFields(event)).toBeUndefined();
});
