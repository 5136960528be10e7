import { expect, test } from "vitest";
import type { KnownPage } from "../../src/stream/known-page.ts";
import { createPages } from "../../src/stream/remember-pages.ts";

/** Notes on a page that so many requests are known. */
const fill = (page: KnownPage, count: number) => {
  for (let i = 0; i < count; i++) page.requests.set(`${i}`, []);
};

test("the pages that were used last are remembered", () => {
  const pages = createPages({ pages: 2, requests: 100 });
  for (const name of ["a", "b", "a", "c"]) fill(pages(name), 1);
  expect(["a", "c", "b"].map((name) => pages(name).requests.size)).toEqual([1, 1, 0]);
});

test("pages are forgotten before they take more memory than there is, and never the one that is asked for", () => {
  const pages = createPages({ pages: 50, requests: 10 });
  for (const name of ["a", "b", "c"]) fill(pages(name), 4);
  expect(["b", "c", "a"].map((name) => pages(name).requests.size)).toEqual([4, 4, 0]);
  fill(pages("d"), 100);
  expect(["d", "b"].map((name) => pages(name).requests.size)).toEqual([100, 0]);
});
