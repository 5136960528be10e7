/** Each snippet of docs/sources.md is run by a test; those that are only read here are run where their engines are. */
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { type SnippetKind, snippets } from "./sources-page.ts";

/** Which test runs the snippets of a kind. */
const runners = {
  curl: "test/docs/sources.slow.test.ts",
  grant: "test/sources-servers/docs.test.ts",
  sql: "test/sources-servers/docs.test.ts",
  start: "test/sources-servers/docs.test.ts",
  local: "test/sources-servers/docs.test.ts",
  aws: "test/deployed/docs.test.ts",
  deploy: "test/deployed/docs.test.ts",
} satisfies Record<SnippetKind, string>;

test("every snippet of docs/sources.md is of a kind that a test runs", () => {
  expect(snippets.filter(({ kind }) => kind === undefined)).toEqual([]);
  expect([...new Set(snippets.map(({ kind }) => kind))].sort()).toEqual(Object.keys(runners).sort());
});

test("the tests that run them are there", () => {
  for (const file of new Set(Object.values(runners))) expect([file, existsSync(file)]).toEqual([file, true]);
});

// The framework reads a parameter up to its first line break, and the rest is lost.
test("no parameter is written over several lines", () => {
  const all = snippets.flatMap(({ text }) => text.match(/--param=(['"]).*?\1/gs) ?? []);
  expect(all.length).toBeGreaterThan(10);
  expect(all.filter((parameter) => parameter.includes("\n"))).toEqual([]);
});
