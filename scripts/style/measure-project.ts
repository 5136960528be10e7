/** The figures of one checkout, as `npm run style` prints them. */
import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { findCycles } from "./cycles.ts";
import { type Duplicates, findDuplicates } from "./duplicates.ts";
import { type FileFigures, measureFile } from "./measure-file.ts";
import { sourceFiles } from "./source-files.ts";

export type Spread = { median: number; p95: number; max: number };
export type ProjectFigures = {
  files: number;
  fileLines: Spread;
  functionLines: Spread;
  /** As a share of lines. */
  comments: number;
  /** Undefined if nothing is TypeScript. */
  types: { anys: number; casts: number; nonNulls: number } | undefined;
  /** The number of files in each import circle. */
  cycles: number[];
  duplicates: Duplicates & { share: number };
  /** Lines of tests per line of source. */
  tests: number;
  dependencies: number;
};
type Files = Map<string, FileFigures>;

export async function measureProject(root: string): Promise<ProjectFigures> {
  const { source, tests, packages } = await sourceFiles(root);
  const files = await measureAll(root, source);
  const figures = [...files.values()];
  const lines = sum(figures.map((file) => file.lines));
  const duplicates = findDuplicates(figures.map(({ code }) => code));
  return {
    files: files.size,
    fileLines: spreadOf(figures.map((file) => file.lines)),
    functionLines: spreadOf(figures.flatMap(({ functions }) => functions)),
    comments: sum(figures.map(({ commentLines }) => commentLines)) / lines,
    types: source.some((path) => /tsx?$/.test(path)) ? typeFigures(figures) : undefined,
    cycles: findCycles(importGraph(files)).map((circle) => circle.length),
    duplicates: { ...duplicates, share: duplicates.lines / sum(figures.map(({ code }) => code.length)) },
    tests: (await countLines(root, tests)) / lines,
    dependencies: await countDependencies(root, packages),
  };
}

export function spreadOf(values: number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { median: at(0.5), p95: at(0.95), max: at(1) };
}

async function measureAll(root: string, paths: string[]): Promise<Files> {
  const measured = paths.map(async (path): Promise<[string, FileFigures]> => {
    return [path, measureFile(path, await readFile(join(root, path), "utf8"))];
  });
  return new Map(await Promise.all(measured));
}

function typeFigures(figures: FileFigures[]) {
  return {
    anys: sum(figures.map(({ anys }) => anys)),
    casts: sum(figures.map(({ casts }) => casts)),
    nonNulls: sum(figures.map(({ nonNulls }) => nonNulls)),
  };
}

function importGraph(files: Files): Map<string, string[]> {
  const entries = [...files].map(([path, { imports }]): [string, string[]] => [
    path,
    imports.flatMap((name) => resolveImport(files, path, name) ?? []),
  ]);
  return new Map(entries);
}

/** Resolves a name as a bundler, Node and TypeScript do: with its extension, that of the built file, or none. */
function resolveImport(files: Files, from: string, name: string): string | undefined {
  if (!name.startsWith(".")) return undefined;
  const path = posix.join(posix.dirname(from), name);
  const stem = path.replace(/\.[cm]?js$/, "");
  const endings = [".ts", ".tsx", ".mts", ".js", ".mjs", "/index.ts", "/index.js"];
  return [path, ...endings.map((ending) => stem + ending)].find((candidate) => files.has(candidate));
}

async function countLines(root: string, paths: string[]): Promise<number> {
  const texts = await Promise.all(paths.map((path) => readFile(join(root, path), "utf8")));
  return sum(texts.map((text) => text.split("\n").filter((line) => line.trim() !== "").length));
}

/** The run-time dependencies of its packages, each name once, without the packages themselves. */
async function countDependencies(root: string, paths: string[]): Promise<number> {
  const packages: { name?: string; dependencies?: Record<string, string> }[] = await Promise.all(
    paths.map(async (path) => JSON.parse(await readFile(join(root, path), "utf8"))),
  );
  const own = new Set(packages.map(({ name }) => name));
  const needed = packages.flatMap(({ dependencies = {} }) => Object.keys(dependencies));
  return new Set(needed.filter((name) => !own.has(name))).size;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
