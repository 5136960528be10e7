/**
 * Servers of Debian's packages: those of this machine, or else fetched with its apt, as it is set up, and unpacked into
 * `.engines/`. Nothing is installed.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type FoundProgram, foundProgram, unpackedProgram } from "../../tools/servers/found-program.ts";
import { fetched, runTool } from "../engines/fetched.ts";

/** A server's program, and the packages that bring it, the first of which has it. */
type Packaged = { path: string; packages: readonly [string, ...string[]] };

/** The program, of this machine or of its packages; undefined where none can be had. */
export async function debianProgram({ path, packages }: Packaged): Promise<FoundProgram | undefined> {
  const found = await foundProgram(path, packages[0]);
  if (found !== undefined) return found;
  try {
    return await unpackedProgram(await fetched(`debian-${packages[0]}`, (folder) => unpack(folder, packages)), path);
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
