/** Libraries that the `mvn` of this machine fetches. It keeps what it has, so a download that broke off is continued. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "./fetched.ts";

/** Until when it may go on, and who is told how far it is. */
export type Fetching = { signal?: AbortSignal; say?: (line: string) => void };

const NEWS_EACH_MS = 3000;

/** Copies artifacts (`group:name:version`) and all that they need at run time into a folder. */
export async function fetchLibraries(
  artifacts: readonly string[],
  folder: string,
  { signal, say = () => {} }: Fetching = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  const itself = "<groupId>daymark</groupId><artifactId>libraries</artifactId><version>1</version>";
  const project = `<project><modelVersion>4.0.0</modelVersion>${itself}<dependencies>${dependencies.join("")}</dependencies></project>`;
  await writeFile(join(folder, "pom.xml"), project);
  const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const args = ["-B", copy, "-DincludeScope=runtime", `-DoutputDirectory=${folder}`];
  await runTool("mvn", args, { cwd: folder, signal, onOutput: progressOf(say) });
  await rm(join(folder, "pom.xml"));
}

/** Adds up the sizes that Maven prints, and says the sum now and then. */
function progressOf(say: (line: string) => void): (text: string) => void {
  let [rest, megabytes, told] = ["", 0, performance.now()];
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) megabytes += megabytesOf(line);
    if (megabytes === 0 || performance.now() - told < NEWS_EACH_MS) return;
    told = performance.now();
    say(`${megabytes.toFixed(0)} MB fetched`);
  };
}

const units: Record<string, number> = { B: 1e-6, kB: 1e-3, MB: 1, GB: 1e3 };

/** `Downloaded from central: https://… (7.4 MB at 9.0 MB/s)`; 0 for any other line. */
export function megabytesOf(line: string): number {
  const [, size, unit = ""] = /^(?:\[INFO\] )?Downloaded from .* \(([\d.]+) (\w+) at /.exec(line) ?? [];
  return Number(size ?? 0) * (units[unit] ?? 0);
}
