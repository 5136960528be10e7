/** Adds a violation of each rule of `npm run check` that the linter does not have, and an allowed counterpart. */
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { globalTypes } from "../../scripts/rules/global-types.ts";
import { checkRules, longFunctions } from "../../scripts/rules/rules.ts";

const globals = globalTypes(resolve(import.meta.dirname, "../.."));
const many = (folder: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ path: `${folder}/f${i}.ts`, text: "export const x = 1;\n" }));
const one = (path: string, text: string) => [{ path, text }];

test.each([
  [
    "a type that hides TypeScript's",
    one("src/a.ts", "type Partial = number;\n"),
    "src/a.ts: type Partial hides a global",
  ],
  ["one that hides the platform's", one("src/a.ts", "export type Range = { from: 1 };\n"), "type Range hides a global"],
  ["a class that does", one("src/a.ts", "class Lock {}\n"), "type Lock hides a global"],
  [
    "a type that two files export",
    [...one("src/a.ts", "export type Place = 1;\n"), ...one("src/b.ts", "export type Place = 2;\n")],
    "src/a.ts, src/b.ts: type Place is exported by each",
  ],
  ["a folder longer than a screen", many("src/room", 18), "src/room: 18 files"],
  [
    "a handler that does more than wiring",
    one("src/handlers/x.ts", "x;\n".repeat(41)),
    "src/handlers/x.ts: 41 lines, of at most 40",
  ],
  ["a file that Node cannot read", one("src/a.ts", "for (const of of [1]) of;\n"), "src/a.ts: Node cannot read it"],
  ["a file that calls no service", one("src/aws/a.ts", "export const x = 1;\n"), "this file imports none"],
])("the check finds %s", (_, files, said) => {
  expect(checkRules(files, globals)).toEqual([expect.stringContaining(said)]);
});

test.each([
  ["a type that is nobody's", one("src/a.ts", "export type DayRange = { from: 1 };\n")],
  [
    "a type of two files that export it not",
    [...one("src/a.ts", "type Row = 1;\n"), ...one("src/b.ts", "type Row = 2;\n")],
  ],
  ["a folder of a screen", many("src/room", 17)],
  ["a handler that only wires", one("src/handlers/x.ts", "x;\n".repeat(40))],
  [
    "a file that calls one",
    one("src/aws/a.ts", 'import type { S3Client } from "@aws-sdk/client-s3";\nexport type C = S3Client;\n'),
  ],
])("the check lets %s pass", (_, files) => {
  expect(checkRules(files, globals)).toEqual([]);
});

test("a function of 60 lines may be, and none longer", () => {
  const of = (lines: number) => one("local/a.ts", `export function f() {\n${"x;\n".repeat(lines - 2)}}\n`);
  expect(longFunctions(of(60))).toEqual([]);
  expect(longFunctions(of(61))).toEqual(["local/a.ts: a function of 61 lines, of at most 60"]);
});
