/**
 * Python packages for suites that run other people's implementations: a virtual environment for each purpose below
 * `.engines/`, created when it is first needed and again when the list has changed. Nothing is installed on the
 * machine.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const engines = resolve(import.meta.dirname, "../.engines");
const oldest = [3, 10];

/** The Python to start, and the folder with the commands of the packages. */
export type PythonPackages = { python: string; bin: string };

/**
 * Installs `packages` (`name==version`) from PyPI below `.engines/<purpose>`, or finds them there. If the machine has
 * no suitable Python, returns a sentence that says so. Throws if PyPI cannot be reached or does not have the version.
 */
export async function pythonPackages(purpose: string, packages: string[]): Promise<PythonPackages | string> {
  const folder = join(engines, purpose);
  const found = { python: join(folder, "bin", "python"), bin: join(folder, "bin") };
  const wanted = packages.join("\n");
  const marker = join(folder, "packages.txt");
  if (existsSync(found.python) && (await readFile(marker, "utf8").catch(() => "")) === wanted) return found;

  const lacking = whatPythonLacks();
  if (lacking) return lacking;
  console.log(`Installing ${packages.join(", ")} into .engines/${purpose}, which takes about a minute …`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(engines, { recursive: true });
  const run = promisify(execFile);
  await run("python3", ["-m", "venv", folder]);
  await run(found.python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages]);
  await writeFile(marker, wanted);
  return found;
}

function whatPythonLacks(): string | undefined {
  const program = "import ensurepip, sys, venv; print(*sys.version_info[:2])";
  const { status, stdout, stderr } = spawnSync("python3", ["-c", program], { encoding: "utf8" });
  if (status === null) return "python3 is not on this machine";
  if (status !== 0) return `python3 cannot make virtual environments (${stderr.trim().split("\n").at(-1)})`;
  const [major = 0, minor = 0] = stdout.trim().split(" ").map(Number);
  const isOld = major < oldest[0]! || (major === oldest[0] && minor < oldest[1]!);
  return isOld ? `python3 is ${major}.${minor}, and ${oldest.join(".")} is needed` : undefined;
}
