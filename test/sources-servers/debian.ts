/**
 * Servers of Debian's packages: those of this machine, or else fetched with its apt, as it is set up, and unpacked into
 * `.engines/`. Nothing is installed.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { fetched, runTool } from "../engines/fetched.ts";

/** Where a program is, below which folder, and with which libraries it finds what it needs. */
export type DebianProgram = { root: string; path: string; env: NodeJS.ProcessEnv };

/**
 * The program at `path` (`usr/sbin/mariadbd`), of this machine or of `packages`, the first of which has it; undefined
 * where none can be had.
 */
export async function debianProgram(path: string, packages: readonly string[]): Promise<DebianProgram | undefined> {
  if (existsSync(join("/", path))) return { root: "/", path: join("/", path), env: process.env };
  try {
    const root = await fetched(`debian-${packages[0]}`, (folder) => unpack(folder, packages));
    const libraries = (await readdir(join(root, "usr/lib")))
      .filter((name) => name.includes("-linux-"))
      .flatMap((name) => [join(root, "usr/lib", name), join(root, "lib", name)]);
    return { root, path: join(root, path), env: { ...process.env, LD_LIBRARY_PATH: libraries.join(":") } };
  } catch {
    return undefined;
  }
}

async function unpack(folder: string, packages: readonly string[]): Promise<void> {
  const download = () => runTool("apt-get", ["download", ...packages], folder);
  // Its lists may be missing, or older than the packages that there are.
  await download().catch(async () => {
    await runTool("apt-get", ["update"]);
    await download();
  });
  for (const name of await readdir(folder)) await runTool("dpkg-deb", ["-x", join(folder, name), folder]);
}
