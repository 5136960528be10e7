import { describe, expect, test } from "vitest";
import { measureFile } from "../../../scripts/style/measure-file.ts";

const measure = (...lines: string[]) => measureFile("a.ts", lines.join("\n"));

describe("a file is measured", () => {
  test("by its lines, without those that are empty, and by those that only comment", () => {
    const { lines, commentLines } = measure(
      "/** What",
      " * it is for. */",
      "",
      "const a = 1; // a",
      "  // b",
      "const c = '// no';",
    );
    expect([lines, commentLines]).toEqual([5, 3]);
  });

  test("by each function that has a name, wherever it gets it, from its first line to its last", () => {
    const { functions } = measure(
      "export function a() {",
      "  return [1].map((n) => {",
      "    return n;",
      "  });",
      "}",
      "const b = () => 1;",
      "const c = { d() {",
      "}, e: async () => {",
      "",
      "} };",
      "class F { g() {",
      "} }",
      "module.exports = function () {",
      "};",
    );
    expect(functions.toSorted()).toEqual([1, 2, 2, 2, 3, 5]);
  });

  test("by what claims more than the compiler knows", () => {
    const { anys, casts, nonNulls } = measure(
      "let a: any = 1 as number;",
      "const b = [a!, <string>a] as const;",
      "// as any!",
      "a = 'x as any';",
    );
    expect({ anys, casts, nonNulls }).toEqual({ anys: 1, casts: 2, nonNulls: 1 });
  });

  test("by the modules that it loads when it runs, not by those of types alone", () => {
    const { imports } = measure(
      "import { a } from './a.ts';",
      "import { type B, b } from './b.ts';",
      "import type { C } from './c.ts';",
      "import { type D } from './d.ts';",
      "import './e.ts';",
      "export { f } from './f.ts';",
      "export type { G } from './g.ts';",
      "export * from './h.ts';",
    );
    expect(imports).toEqual(["./a.ts", "./b.ts", "./e.ts", "./f.ts", "./h.ts"]);
  });

  test("not at all when it cannot be read", () => {
    expect(() => measure("const = 1;")).toThrow(/^Cannot read a\.ts: /);
  });
});
