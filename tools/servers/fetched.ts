/**
 * Programs that the demo or a suite downloads by package name, with the package managers as configured on this machine,
 * into `.engines/` (git-ignored). What is already there is not downloaded again.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";

export const enginesFolder = resolve(import.meta.dirname, "../../.engines");

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
  } catch (error) {
    // Another process may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}

type RunOptions = { cwd?: string; signal?: AbortSignal | undefined; onOutput?: (text: string) => void };

/** Runs a program to its end, or until `signal`, and returns what it wrote; rejects with that if it fails. */
export async function runTool(
  program: string,
  args: readonly string[],
  { cwd, signal, onOutput = () => {} }: RunOptions = {},
): Promise<string> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...(cwd !== undefined && { cwd }), signal });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-100_000);
      onOutput(text);
    });
  }
  const code = await new Promise<number | null>((done, fail) => child.once("close", done).once("error", fail));
  if (code === 0) return output;
  throw new Error(`Cannot run ${program} ${args.join(" ")}: it ended with ${code}\n${output.slice(-3000)}`);
}
