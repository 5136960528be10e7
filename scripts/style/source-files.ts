/** Which files of a checkout are its source and which are its tests. The rule is the same for every project. */
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";

export type SourceFiles = { source: string[]; tests: string[]; packages: string[] };

const code = /\.[cm]?[jt]sx?$/;
const declarations = /\.d\.[cm]?ts$|\.tst\.ts$/;
const testFolders = new Set(["test", "tests", "__tests__"]);
const testName = /\.(test|spec|fuzz|perf|bench|mock)(\.|-)/;
// What a project's users never run: it would make projects hard to compare.
const leftOut = new Set([
  "node_modules",
  "dist",
  "vendor",
  "docs",
  "site",
  "websites",
  "example",
  "examples",
  "playground",
  "layers",
  "bench",
  "benchmark",
  "scripts",
]);

/** Paths relative to the checkout. A configuration file at its top is neither source nor test. */
export async function sourceFiles(root: string): Promise<SourceFiles> {
  const paths = (await filesBelow(root)).map((path) => relative(root, path)).sort();
  const written = paths.filter((path) => code.test(path) && !declarations.test(path) && path.includes("/"));
  return {
    source: written.filter((path) => !isTest(path)),
    tests: written.filter(isTest),
    packages: paths.filter((path) => /(^|\/)package\.json$/.test(path) && !isTest(path)),
  };
}

function isTest(path: string): boolean {
  return testName.test(path) || path.split("/").some((folder) => testFolders.has(folder));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile()) return [path];
      const isWanted = entry.isDirectory() && !entry.name.startsWith(".") && !leftOut.has(entry.name);
      return isWanted ? await filesBelow(path) : [];
    }),
  );
  return found.flat();
}
