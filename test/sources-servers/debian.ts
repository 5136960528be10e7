/**
 * Servers of Debian's packages: those of this machine, or else fetched with its apt, as it is set up, and unpacked into
 * `.engines/`. Nothing is installed.
 */
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fetched, runTool } from "../../tools/servers/fetched.ts";
import {
  type FoundProgram,
  foundProgram,
  type PackagedProgram,
  unpackedProgram,
} from "../../tools/servers/found-program.ts";

/** The program, of this machine or of its packages; undefined where none can be had. */
export async function debianProgram(program: PackagedProgram): Promise<FoundProgram | undefined> {
  const found = await foundProgram(program);
  if (found !== undefined) return found;
  const { path, packages } = program;
  try {
    return await unpackedProgram(await fetched(`debian-${packages[0]}`, (folder) => unpack(folder, packages)), path);
  } catch {
    return undefined;
  }
}

/** The program of the newest package in another suite of Debian, such as `sid`; undefined where it cannot be had. */
export async function suiteProgram(
  suite: string,
  { path, packages: [name] }: PackagedProgram,
): Promise<FoundProgram | undefined> {
  try {
    const root = await fetched(`debian-${suite}-${name}`, (folder) => unpackSuite(folder, { suite, name, path }));
    return { root, path: join(root, "run"), env: process.env };
  } catch {
    return undefined;
  }
}

/**
 * The package with all that it depends on, its C library too, as this machine's is older: `run` starts the program with
 * these libraries alone.
 */
async function unpackSuite(folder: string, { suite, name, path }: { suite: string; name: string; path: string }) {
  const state = join(folder, "apt");
  for (const below of ["lists/partial", "archives/partial"]) await mkdir(join(state, below), { recursive: true });
  const signed = "signed-by=/usr/share/keyrings/debian-archive-keyring.gpg";
  await writeFile(join(state, "sources.list"), `deb [${signed}] ${await debianArchive()} ${suite} main\n`);
  // Nothing counts as installed but Perl, which tools beside the server are written in.
  const perl = ["Package: perl", "Status: install ok installed", "Version: 99", "Multi-Arch: allowed"];
  const rest = [`Architecture: ${(await runTool("dpkg", ["--print-architecture"])).trim()}`, "Maintainer: nobody"];
  await writeFile(join(state, "status"), `${[...perl, ...rest, "Description: none"].join("\n")}\n`);
  const settings = {
    "Dir::Etc::SourceList": join(state, "sources.list"),
    "Dir::Etc::SourceParts": "-",
    "Dir::State": state,
    "Dir::State::status": join(state, "status"),
    "Dir::Cache": state,
    "Acquire::Languages": "none",
  };
  const options = Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await runTool("apt-get", [...options, "update"]);
  await runTool("apt-get", [...options, "install", "-y", "--no-install-recommends", "--download-only", name]);
  const archives = join(state, "archives");
  const files = (await readdir(archives)).filter((file) => file.endsWith(".deb"));
  for (const file of files) await runTool("dpkg-deb", ["-x", join(archives, file), folder]);
  await rm(state, { recursive: true });
  await writeFile(join(folder, "run"), startWithOwnLibraries(path));
  await chmod(join(folder, "run"), 0o755);
}

/** The loader's place and name depend on the processor. */
function startWithOwnLibraries(path: string): string {
  return `#!/bin/sh
root=$(dirname "$(readlink -f "$0")")
loader=$(ls "$root"/usr/lib*/ld-linux-*.so.* | head -n 1)
exec "$loader" --library-path "$(echo "$root"/usr/lib/*-linux-gnu)" "$root/${path}" "$@"
`;
}

/** The address of Debian's archive in this machine's own settings. */
async function debianArchive(): Promise<string> {
  const ask = () => runTool("apt-get", ["indextargets", "--format", "$(LABEL) $(REPO_URI)"]);
  const find = (lines: string) => /^Debian (\S+)$/m.exec(lines)?.[1];
  let found = find(await ask());
  if (found === undefined) {
    // It knows archives by their lists alone.
    await runTool("apt-get", ["update"]);
    found = find(await ask());
  }
  if (found === undefined) throw new Error("Cannot find Debian's archive among those of this machine");
  return found;
}

async function unpack(folder: string, packages: readonly string[]): Promise<void> {
  const download = () => runTool("apt-get", ["download", ...packages], { cwd: folder });
  // Its lists may be missing, or older than the packages that there are.
  await download().catch(async () => {
    await runTool("apt-get", ["update"]);
    await download();
  });
  for (const name of await readdir(folder)) await runTool("dpkg-deb", ["-x", join(folder, name), folder]);
}
