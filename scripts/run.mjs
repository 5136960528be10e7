/**
 * Runs a script or a tool of this project with the Node among its dependencies, which is Lambda's version: `node
 * scripts/run.mjs local/main.ts`, `node scripts/run.mjs vitest run`. Installs the dependencies first if they are
 * missing or do not match package-lock.json. Needs only npm and Node 20 or later.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];
const [target, ...args] = process.argv.slice(2);

if (!target) {
  console.error("Usage: node scripts/run.mjs <script.ts | tool> [arguments]");
  process.exit(2);
}
if (!isInstalled()) install();
run(pinnedNode(), [locate(target), ...args]);

// Whether what npm installed (according to the file it leaves) matches the lock. Optional packages may be missing.
function isInstalled() {
  const wanted = readPackages(join(root, "package-lock.json"));
  const present = readPackages(join(root, "node_modules", ".package-lock.json"));
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || present[path]?.version === version,
  );
}

function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return {};
  }
}

function install() {
  console.error("Installing dependencies, which takes about a minute …");
  const { status } = spawnSync("npm", ["ci", "--loglevel=error"], {
    cwd: root,
    // Standard output belongs to the script that is about to run.
    stdio: ["ignore", process.stderr, process.stderr],
    shell: process.platform === "win32",
  });
  if (status !== 0) fail("Cannot install the dependencies: npm ci failed, see above");
}

// The package `node` fetches its binary in an install script. If npm was told not to run install scripts, this runs it.
function pinnedNode() {
  const folder = join(root, "node_modules", "node");
  const path = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (!existsSync(path)) {
    console.error("Fetching the project's own Node …");
    spawnSync(process.execPath, ["installArchSpecificPackage"], {
      cwd: folder,
      stdio: ["ignore", process.stderr, process.stderr],
    });
  }
  if (!existsSync(path)) fail(`Cannot find ${path}: run "npm rebuild node"`);
  return path;
}

function locate(name) {
  return /\.[cm]?[jt]s$/.test(name) ? join(root, name) : join(bin, name);
}

function run(node, argv) {
  const path = `${bin}${delimiter}${process.env.PATH}`;
  // glibc gives each busy thread its own heap and hardly ever returns memory: a pipeline with a dozen threads would
  // grow for hours.
  // https://www.gnu.org/software/libc/manual/html_node/Memory-Allocation-Tunables.html
  const env = { MALLOC_ARENA_MAX: "2", ...process.env, PATH: path };
  const child = spawn(node, argv, { stdio: "inherit", env });
  // From a terminal, the child also gets the signal directly; it has to cope with both.
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event) endWithParent(child);
  child.on("error", (error) => fail(`Cannot run ${argv.join(" ")}: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal && !forwarded.includes(signal)) console.error(`${argv[0]} was ended by ${signal}`);
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

// A signal to npm ends the shell between npm and us, which does not pass it on; without this, the child would stay.
function endWithParent(child) {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    child.kill("SIGTERM");
  }, 500);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
