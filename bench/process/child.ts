/** Other programs used by a benchmark: starts, watches and ends them as child processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export const root = resolve(import.meta.dirname, "../..");
export type Child = { process: ChildProcess; output: () => string; ended: Promise<number | null> };

/** Runs a program of this project, by default with the current Node. */
export function run(args: readonly string[], options: { env?: object; program?: string } = {}): Child {
  const child = spawn(options.program ?? process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | null>((done, fail) => child.once("close", done).once("error", fail));
  return { process: child, output: () => output, ended };
}

/** The first group of the first match of `pattern` in the child's output; waits until there is one. */
export async function said(child: Child, pattern: RegExp): Promise<string> {
  for (;;) {
    const found = pattern.exec(child.output())?.[1];
    if (found !== undefined) return found;
    const { exitCode, signalCode } = child.process;
    if (exitCode !== null || signalCode !== null)
      throw new Error(`Cannot go on: a program ended with ${exitCode ?? signalCode}\n${child.output()}`);
    await wait(5);
  }
}

/** Ends the child gracefully and waits for it; kills it after a minute. */
export async function end(child: Child): Promise<void> {
  child.process.kill("SIGTERM");
  const force = setTimeout(() => child.process.kill("SIGKILL"), 60_000);
  await child.ended;
  clearTimeout(force);
}

/** Memory of a process in MB: current and peak. On Linux only; undefined elsewhere. */
export async function memoryOf(pid: number | undefined): Promise<{ now: number; peak: number } | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => undefined);
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status ?? "")?.[1]) / 1024;
  return status === undefined ? undefined : { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}
