/** Why a program of OpenSearch cannot be had, with a JDK and a Maven that are a few lines of shell. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { enginesFolder } from "../../../tools/servers/fetched.ts";
import { megabytesOf } from "../../../tools/servers/maven.ts";
import { type SearchServer, searchProgram } from "../../../tools/servers/search-program.ts";

let home = "";
const before = { PATH: process.env.PATH, JAVA_HOME: process.env.JAVA_HOME };
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "daymark-jdk-"));
  await mkdir(join(home, "bin"));
  await mkdir(join(home, "maven"));
  await writeFile(join(home, "release"), 'JAVA_VERSION="900.0.1"\n');
  await writeFile(join(home, "bin/javac"), "");
  Object.assign(process.env, { JAVA_HOME: home, PATH: join(home, "maven") });
});
afterAll(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await rm(home, { recursive: true, force: true });
});

const server = (least: number): SearchServer => ({
  name: `Nothing ${process.pid}`,
  java: { least },
  artifacts: ["org.example:nothing:1"],
  module: {},
  start: "",
});

async function mvn(script: string): Promise<void> {
  await writeFile(join(home, "maven/mvn"), `#!/bin/sh\n${script}\n`);
  await chmod(join(home, "maven/mvn"), 0o755);
}

test("a machine without the right JDK, or without Maven, is told so", async () => {
  expect(await searchProgram([server(901), { ...server(0), java: { least: 1, most: 2 } }])).toBe(
    "this machine has no JDK for it (901 or newer, 1 to 2)",
  );
  expect(await searchProgram([server(901), server(900)])).toBe("this machine has no Maven (mvn) to fetch it with");
});

test("what Maven cannot fetch is said in its own words, and leaves nothing behind", async () => {
  await mvn('echo "[INFO] Building"; echo "[ERROR] Failed: no route to host"; echo "[ERROR] Re-run Maven"; exit 1');
  expect(await searchProgram([server(900)])).toBe("Maven cannot fetch it: Failed: no route to host");
  const left = await readdir(enginesFolder).catch(() => []);
  expect(left.filter((name) => name.startsWith(`nothing-${process.pid}`))).toEqual([]);
});

test("fetching ends when its time is over", async () => {
  await mvn("exec /bin/sleep 60");
  const lines: string[] = [];
  const fetching = { signal: AbortSignal.timeout(200), say: (line: string) => void lines.push(line) };
  expect(await searchProgram([server(900)], fetching)).toMatch(/^it was not fetched in time/);
  expect(lines).toEqual([`fetching Nothing ${process.pid} with Maven, once`]);
});

test.each([
  ["[INFO] Downloaded from central: https://m.example/a.jar (7.4 MB at 9.0 MB/s)", 7.4],
  ["Downloaded from mirror: https://m.example/a.pom (750 kB at 3.1 kB/s)", 0.75],
  ["Downloaded from mirror: https://m.example/a.pom (500 B at 3.1 kB/s)", 0.0005],
  ["[INFO] Downloading from central: https://m.example/a.jar", 0],
  ["Progress (1): 4.1/7.4 MB", 0],
])("%s", (line, megabytes) => {
  expect(megabytesOf(line)).toBeCloseTo(megabytes);
});
