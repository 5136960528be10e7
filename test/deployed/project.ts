/**
 * A separate checkout for a person who deploys: a copy of what a deployment reads, so that a test may change a file and
 * leaves no `.serverless` in ours. Commands run there as they would be typed.
 */
import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const copied = [
  "serverless.yml",
  "infra",
  "src",
  "scripts",
  "package.json",
  "package-lock.json",
  "THIRD_PARTY_NOTICES",
  "docs/openapi.json",
];

export type Project = AsyncDisposable & {
  folder: string;
  /** Runs `command` there. Resolves to its exit code and all of its output. */
  run: (command: string, ...args: string[]) => Promise<{ code: number; output: string }>;
  /** Runs `serverless` as `npx serverless` does; rejects with its output if it fails. */
  serverless: (...args: string[]) => Promise<string>;
};

/** `env` says where AWS is; no other AWS settings of this machine are passed on. */
export async function openProject(env: Record<string, string>): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), "daymark-project-"));
  for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true });
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const environment = {
    ...env,
    PATH: [join(folder, "node_modules/.bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
    HOME: folder,
    SLS_TELEMETRY_DISABLED: "1",
  };
  return { folder, run, serverless, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };

  async function run(command: string, ...args: string[]) {
    const child = spawn(command, args, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk) => (output += chunk));
    const code = await new Promise<number>((done, fail) => child.once("error", fail).once("close", done));
    return { code, output };
  }

  async function serverless(...args: string[]): Promise<string> {
    const { code, output } = await run("serverless", ...args);
    if (code !== 0) throw new Error(`serverless ${args.join(" ")} ended with ${code}\n${output}`);
    return output;
  }
}
