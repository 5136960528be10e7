/** Every file and folder that the documents for contributors mention exists. */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");
const named = /`((?:src|test|local|tools|bench|infra|scripts)\/[\w./-]*)`/g;

test.each(["docs/design.md", "docs/words.md", "docs/security.md", "docs/reliability.md", "CONTRIBUTING.md"])(
  "%s names what is there",
  (name) => {
    const paths = [...readFileSync(resolve(root, name), "utf8").matchAll(named)].map(([, path = ""]) => path);
    expect(paths.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
  },
);
