/** Programs that a part runs to their end. */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

type Options = { cwd?: string; env?: NodeJS.ProcessEnv };

/** Whether the machine has this program. */
export function isThere(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/** The program's standard output; rejects with the end of its other output if it fails. */
export async function outputOf(program: string, args: readonly string[], options: Options = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { ...options, encoding: "utf8", maxBuffer: 1 << 28 });
    return stdout;
  } catch (cause) {
    const stderr = cause instanceof Error && "stderr" in cause ? String(cause.stderr) : "";
    throw new Error(`${program} failed: ${stderr.trim().slice(-1500) || cause}`, { cause });
  }
}

/** Spark's server only for this machine, and a Java that compiles for a short run, which saves half of its time. */
export const sparkEnvironment = {
  SPARK_LOCAL_IP: "127.0.0.1",
  PYSPARK_SUBMIT_ARGS: "--driver-java-options -XX:TieredStopAtLevel=1 pyspark-shell",
};
