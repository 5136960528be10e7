/** The names of the files that are deployed. */
import { globSync } from "node:fs";

/** Paths below `root`, of code only, sorted. */
export function sourceNames(root: string): string[] {
  return globSync("src/**/*.{ts,tsx}", { cwd: root })
    .filter((path) => !path.endsWith(".d.ts"))
    .sort();
}
