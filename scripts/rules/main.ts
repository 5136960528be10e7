/**
 * Part of `npm run check`: house rules that the linter does not have. Prints each violation, and ends with 1 if there
 * is one.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { globalTypes } from "./global-types.ts";
import { checkRules, longFunctions, type SourceFile } from "./rules.ts";
import { sourceNames } from "./source-names.ts";

// That what strips types is experimental is nothing that whoever runs the check can change.
process.removeAllListeners("warning");
const root = resolve(import.meta.dirname, "../..");
const filesOf = (folder: string): SourceFile[] =>
  sourceNames(root, folder).map((path) => ({ path, text: readFileSync(resolve(root, path), "utf8") }));
const others = ["local", "tools", "infra", "bench", "scripts", "clients/node/src"].flatMap(filesOf);
const files = filesOf("src");
const violations = [...checkRules(files, globalTypes(root)), ...longFunctions([...files, ...others])];
for (const violation of violations) console.error(violation);
process.exit(violations.length > 0 ? 1 : 0);
