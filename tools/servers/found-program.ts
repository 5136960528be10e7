/** Servers of Debian's packages on this machine: installed, or unpacked into `.engines/` by an earlier `npm run test:sources`. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Where a program is, below which folder, and with which libraries it finds what it needs. */
export type FoundProgram = { root: string; path: string; env: NodeJS.ProcessEnv };

const engines = resolve(import.meta.dirname, "../../.engines");

/** The program at `path` (`usr/sbin/mariadbd`); undefined where there is none. */
export async function foundProgram(path: string, debianPackage: string): Promise<FoundProgram | undefined> {
  if (existsSync(join("/", path))) return { root: "/", path: join("/", path), env: process.env };
  const root = join(engines, `debian-${debianPackage}`);
  return existsSync(join(root, path)) ? await unpackedProgram(root, path) : undefined;
}

/** A program of a package that is unpacked, but not installed, below `root`. */
export async function unpackedProgram(root: string, path: string): Promise<FoundProgram> {
  const libraries = (await readdir(join(root, "usr/lib")))
    .filter((name) => name.includes("-linux-"))
    .flatMap((name) => [join(root, "usr/lib", name), join(root, "lib", name)]);
  return { root, path: join(root, path), env: { ...process.env, LD_LIBRARY_PATH: libraries.join(":") } };
}
