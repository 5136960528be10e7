/**
 * The names of types that exist without an import, as TypeScript's own libraries declare them: those of ECMAScript and
 * browsers.
 */
import { globSync, readFileSync } from "node:fs";

export function globalTypes(root: string): Set<string> {
  const libraries = globSync("node_modules/@typescript/*/lib/lib.*.d.ts", { cwd: root });
  if (libraries.length === 0) throw new Error("Cannot find TypeScript's libraries in node_modules/@typescript");
  return new Set(libraries.flatMap((path) => namesIn(readFileSync(`${root}/${path}`, "utf8"))));
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/^(?:declare )?(?:interface|type|class) (\w+)/gm)].map(([, name = ""]) => name);
}
