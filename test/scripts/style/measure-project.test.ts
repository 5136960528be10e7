import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measureProject, spreadOf } from "../../../scripts/style/measure-project.ts";
import { toTable } from "../../../scripts/style/table.ts";

const files = {
  "package.json": '{ "name": "root", "dependencies": { "zod": "1", "@own/b": "1" } }',
  "packages/b/package.json": '{ "name": "@own/b", "dependencies": { "zod": "1", "preact": "1" } }',
  "tool.config.ts": "export default 1 as any;",
  "src/a.ts": '// why\nimport { b } from "./b.js";\nexport const a = () => b as any;\n',
  "src/b.ts": 'import { a } from "./a";\nexport function b() {\n  return a!;\n}\n',
  "src/a.test.ts": "one();\n\ntwo();\n",
  "test/c.ts": "three();\n",
  "docs/d.ts": "not as any;",
  "node_modules/e/index.js": "not();",
};
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "daymark-style-"));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe("a project is measured", () => {
  test("by its source, its tests and its packages, and by nothing else", async () => {
    expect(await measureProject(root)).toEqual({
      files: 2,
      fileLines: { median: 3, p95: 4, max: 4 },
      functionLines: { median: 1, p95: 3, max: 3 },
      comments: 1 / 7,
      types: { anys: 1, casts: 1, nonNulls: 1 },
      cycles: [2],
      duplicates: { blocks: 0, lines: 0, share: 0 },
      tests: 3 / 7,
      dependencies: 2,
    });
  });

  test("in a table with a column for each", async () => {
    const figures = await measureProject(root);
    const table = toTable([
      { name: "one", figures },
      { name: "two", testSeconds: 61, figures: { ...figures, types: undefined, cycles: [] } },
    ]);
    expect(table).toContain("|  | one | two |\n| --- | ---: | ---: |\n| files | 2 | 2 |\n");
    expect(table).toContain("| `any` | 1 | – |");
    expect(table).toContain("| test time, s | – | 61 |");
    expect(table).toContain("| import cycles (files in them) | 1 (2) | 0 |");
  });

  test("by the figures that docs/style.md shows", async () => {
    const page = await readFile(resolve(import.meta.dirname, "../../../docs/style.md"), "utf8");
    const titles = (text: string) => [...text.matchAll(/^\| ([^|]*) \|/gm)].map(([, title]) => title);
    const table = toTable([{ name: "one", figures: await measureProject(root) }]);
    expect(titles(page)).toEqual(titles(table));
  });

  test("by the middle, the 95th of a hundred and the last", () => {
    expect(spreadOf(Array.from({ length: 100 }, (_, n) => 100 - n))).toEqual({ median: 50, p95: 95, max: 100 });
  });
});
