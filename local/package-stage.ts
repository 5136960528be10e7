/**
 * Compiles serverless.yml with `serverless package`, exactly as a deployment would, and caches the result by content: a
 * second start finds it ready, and others who need it while it is being made wait for it. Each run has a folder of its
 * own.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

export type PackagedStage = {
  folder: string;
  /** The parsed cloudformation-template-update-stack.json. */
  template: unknown;
  /** The bundle of a function, by its key and handler as declared. */
  bundle: (key: string, handler: string) => string;
};
export type PackageOptions = {
  root: string;
  /** The environment that serverless.yml may read with ${env:…}. */
  env?: Record<string, string | undefined>;
  /** Overrides of the stage's parameters, as with `--param`. */
  params?: Record<string, string>;
  cache?: string;
  onPackaging?: () => void;
};

// What a package is made from. node_modules is linked as well; package-lock.json represents its content.
const sources = [
  "serverless.yml",
  "infra",
  "src",
  "docs/openapi.json",
  "package.json",
  "package-lock.json",
  "THIRD_PARTY_NOTICES",
];
const keptPackages = 8;
const abandonedAfterMs = 600_000;

/**
 * Packages `stage` of the project at `root`, or finds it in the cache. Takes seconds the first time, and milliseconds
 * after that.
 */
export async function packageStage(stage: string, options: PackageOptions): Promise<PackagedStage> {
  const { root, env = process.env, params = {}, cache = join(root, ".build", "stages"), onPackaging } = options;
  const environment = await declaredEnvironment(root, env);
  const hash = await contentHash(root, JSON.stringify([stage, environment, params, process.version]));
  const folder = join(cache, `${stage}-${hash}`);
  const isMissing = () => !existsSync(join(folder, "package"));
  if (isMissing()) {
    await mkdir(cache, { recursive: true });
    await inTurn(`${folder}.lock`, async () => {
      if (!isMissing()) return;
      onPackaging?.();
      await runPackage({ stage, root, folder, environment, params });
      await removeOld(cache, stage);
    });
  }
  const output = join(folder, "package");
  const template: unknown = JSON.parse(
    await readFile(join(output, "cloudformation-template-update-stack.json"), "utf8"),
  );
  return {
    folder: output,
    template,
    bundle: (key, handler) => join(output, "bundles", key, `${handler.slice(0, handler.lastIndexOf("."))}.cjs`),
  };
}

// Only the variables that the template asks for: whatever else is set on this machine must not change the package.
async function declaredEnvironment(
  root: string,
  env: Record<string, string | undefined>,
): Promise<Record<string, string>> {
  const template = await readFile(join(root, "serverless.yml"), "utf8");
  const names = [...template.matchAll(/\$\{env:(\w+)/g)].flatMap((match) => match[1] ?? []);
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
}

async function contentHash(root: string, seed: string): Promise<string> {
  const hash = createHash("sha256").update(seed);
  for (const source of sources)
    for (const file of await filesIn(join(root, source)))
      hash
        .update(relative(root, file))
        .update("\0")
        .update(await readFile(file))
        .update("\0");
  return hash.digest("hex").slice(0, 20);
}

async function filesIn(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Runs `work` while nobody else holds the same lock, in this process or another. */
async function inTurn(lock: string, work: () => Promise<void>): Promise<void> {
  while (!(await isTaken(lock)))
    if (await isLeftBehind(lock)) await rm(lock, { force: true });
    else await wait(100);
  await work().finally(() => rm(lock, { force: true }));
}

async function isTaken(lock: string): Promise<boolean> {
  return await writeFile(lock, String(process.pid), { flag: "wx" }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      return false;
    },
  );
}

/** The lock's process is gone, or its process id belongs to another process now. */
async function isLeftBehind(lock: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lock, "utf8"), stat(lock)]);
    if (Date.now() - mtimeMs > abandonedAfterMs) return true;
    return text !== "" && !isAlive(Number(text));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function runPackage(run: {
  stage: string;
  root: string;
  folder: string;
  environment: Record<string, string>;
  params: Record<string, string>;
}): Promise<void> {
  const workspace = `${run.folder}.${process.pid}`;
  await rm(workspace, { recursive: true, force: true });
  await mkdir(workspace, { recursive: true });
  for (const source of sources) await cp(join(run.root, source), join(workspace, source), { recursive: true });
  await symlink(join(run.root, "node_modules"), join(workspace, "node_modules"));
  await serverless(workspace, run);
  await mkdir(run.folder, { recursive: true });
  // Another process may have been faster with the same content.
  await rename(join(workspace, ".serverless"), join(run.folder, "package")).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  await rm(workspace, { recursive: true, force: true });
}

async function serverless(
  cwd: string,
  { stage, root, environment, params }: { stage: string; root: string; environment: object; params: object },
): Promise<void> {
  const program = join(root, "node_modules", "serverless", "bin", "serverless.js");
  const overrides = Object.entries(params).map(([name, value]) => `--param=${name}=${value}`);
  const child = spawn(process.execPath, [program, "package", "--stage", stage, ...overrides], {
    cwd,
    env: { PATH: process.env.PATH, HOME: cwd, SLS_TELEMETRY_DISABLED: "1", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
  if (code !== 0)
    throw new Error(`Cannot package stage ${stage}: serverless package ended with ${code}\n${output.trim()}`);
}

/** Keeps the most recently used packages, and removes the workspaces of runs that were killed. */
async function removeOld(cache: string, stage: string): Promise<void> {
  const names = await readdir(cache);
  const dated = await Promise.all(names.map(async (name) => ({ name, at: (await stat(join(cache, name))).mtimeMs })));
  const packages = dated.filter(({ name }) => new RegExp(`^${stage}-[0-9a-f]+$`).test(name));
  const abandoned = dated.filter(({ name, at }) => /\.\d+$/.test(name) && Date.now() - at > abandonedAfterMs);
  const old = packages.sort((a, b) => b.at - a.at).slice(keptPackages);
  await Promise.all([...old, ...abandoned].map(({ name }) => rm(join(cache, name), { recursive: true, force: true })));
}
