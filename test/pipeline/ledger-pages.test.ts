import { expect, test } from "vitest";
import { createPages } from "../../src/pipeline/ledger-pages.ts";
import { emptyPage } from "../../src/pipeline/repeats.ts";

test("a page is the same each time it is asked for, and begins empty", () => {
  const pages = createPages();
  const page = pages("w5984366");
  expect(page).toEqual(emptyPage("w5984366"));
  expect(pages("m29921830")).not.toBe(page);
  expect(pages("w5984366")).toBe(page);
  expect(createPages()("w5984366")).not.toBe(page);
});

test("fifty pages are remembered, and the one not used for longest is forgotten first", () => {
  const pages = createPages();
  const first = Array.from({ length: 50 }, (_, i) => pages(`m${i}`));
  expect(pages("m0")).toBe(first[0]);
  pages("m50");
  for (const i of [2, 3, 48, 49, 0]) expect(pages(`m${i}`)).toBe(first[i]);
  expect(pages("m1")).not.toBe(first[1]);
});
