/** Servers of Debian's packages on this machine: installed, or unpacked into `.engines/` by an earlier `npm run test:sources`. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { enginesFolder } from "./fetched.ts";

/** A server's program (`usr/sbin/mariadbd`), and the packages that bring it, the first of which has it. */
export type PackagedProgram = { path: string; packages: readonly [string, ...string[]] };
/** Where a program is, below which folder, and with which libraries it finds what it needs. */
export type FoundProgram = { root: string; path: string; env: NodeJS.ProcessEnv };

/** Undefined where there is none. */
export async function foundProgram({ path, packages }: PackagedProgram): Promise<FoundProgram | undefined> {
  if (existsSync(join("/", path))) return { root: "/", path: join("/", path), env: process.env };
  const root = join(enginesFolder, `debian-${packages[0]}`);
  return existsSync(join(root, path)) ? await unpackedProgram(root, path) : undefined;
}

/** A program of a package that is unpacked, but not installed, below `root`. */
export async function unpackedProgram(root: string, path: string): Promise<FoundProgram> {
  const libraries = (await readdir(join(root, "usr/lib")))
    .filter((name) => name.includes("-linux-"))
    .flatMap((name) => [join(root, "usr/lib", name), join(root, "lib", name)]);
  return { root, path: join(root, path), env: { ...process.env, LD_LIBRARY_PATH: libraries.join(":") } };
}
