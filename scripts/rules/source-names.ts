/** The names of source files. */
import { globSync } from "node:fs";

/** Paths below a folder of `root`, of code only, sorted. */
export function sourceNames(root: string, folder = "src"): string[] {
  return globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root })
    .filter((path) => !path.endsWith(".d.ts"))
    .sort();
}
