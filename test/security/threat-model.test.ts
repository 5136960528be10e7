import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const rows = readFileSync(resolve(root, "docs/security.md"), "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| threat"))
  .map((line) => line.split("|").map((cell) => cell.trim()));

test("the threat model has its rows", () => {
  expect(rows.length).toBeGreaterThan(25);
});

test.each(rows.map((row) => [row[1], row[3] ?? ""]))("%s: the test that it names is there", (_, reference) => {
  const [, file = "", name = ""] = /^`(test\/[\w/.-]+)`: ?(.*)$/.exec(reference) ?? [];
  expect(existsSync(resolve(root, file))).toBe(true);
  expect(name).not.toBe("");
  expect(readFileSync(resolve(root, file), "utf8")).toContain(`"${name}"`);
});
