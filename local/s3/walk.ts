/**
 * The keys of a bucket in S3's listing order, that of their UTF-8 bytes. Folders are read when the walk reaches them,
 * so that a page of a large bucket costs only what is on the page.
 */
import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";

/** Keys that start with `skip` are left out; the reader of the walk may change it on the way. */
export type Walk = { prefix: string; after: string; skip: string | undefined };

/** A file that is still being written (`putObject`). */
const unfinished = /^\..*\.[\da-f-]{36}\.tmp$/;

/** Keys under `folder` that start with the prefix and come after `after`. */
export function* walkKeys(folder: string, walk: Walk, path = ""): Generator<string> {
  for (const { name, isFolder } of sorted(join(folder, path))) {
    const key = `${path}${name}`;
    if (isPassed(key, isFolder, walk)) continue;
    if (isFolder) yield* walkKeys(folder, walk, key);
    else yield key;
  }
}

function isPassed(key: string, isFolder: boolean, { prefix, after, skip }: Walk): boolean {
  if (skip !== undefined && key.startsWith(skip)) return true;
  if (!isFolder) return !key.startsWith(prefix) || compareKeys(key, after) <= 0;
  const isOff = !key.startsWith(prefix) && !prefix.startsWith(key);
  // A folder whose name is a prefix of the last key contains keys that come after it.
  return isOff || (compareKeys(key, after) < 0 && !after.startsWith(key));
}

/** A folder's entries; a folder's name ends in `/`, which determines its position among the keys. */
function sorted(folder: string): { name: string; isFolder: boolean }[] {
  return entries(folder)
    .filter((entry) => entry.isDirectory() || (entry.isFile() && !unfinished.test(entry.name)))
    .map((entry) => ({ name: `${entry.name}${entry.isDirectory() ? "/" : ""}`, isFolder: entry.isDirectory() }))
    .sort((a, b) => compareKeys(a.name, b.name));
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    // Removed since its parent was read, or the name of an object.
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

/** By UTF-8 bytes. UTF-16 order differs only between a surrogate and a character from U+E000 on. */
export function compareKeys(a: string, b: string): number {
  let at = 0;
  while (at < a.length && at < b.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === a.length || at === b.length) return a.length - b.length;
  return rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
