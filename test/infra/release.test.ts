/**
 * The version is the same everywhere, has its changes listed, and is tagged by a workflow that nobody else's change can
 * alter.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const { version } = JSON.parse(read("package.json"));
const workflows = readdirSync(join(root, ".github/workflows")).map((name) => `.github/workflows/${name}`);

describe("the version", () => {
  test("is the newest of CHANGELOG.md that is released, with a date and with changes", () => {
    const sections = read("CHANGELOG.md").split(/^## /m).slice(1);
    const [newest = "", ...changes] = sections.find((text) => !text.startsWith("Unreleased"))?.split("\n") ?? [];
    expect(newest).toMatch(new RegExp(`^${version} \\(\\d{4}-\\d\\d-\\d\\d\\)$`));
    expect(changes.filter((line) => line.startsWith("- ")).length).toBeGreaterThan(0);
  });

  test("is that of the lock and of the bill of materials", () => {
    const lock = JSON.parse(read("package-lock.json"));
    const { component } = JSON.parse(read("sbom.cdx.json")).metadata;
    expect([lock.version, lock.packages[""].version, component.version]).toEqual([version, version, version]);
  });
});

test.each(workflows)("%s takes actions by their hash", (path) => {
  const used = [...read(path).matchAll(/uses: (\S+)/g)].map(([, action]) => action);
  expect(used.length).toBeGreaterThan(0);
  expect(used.filter((action) => !/@[0-9a-f]{40}$/.test(action ?? ""))).toEqual([]);
});
