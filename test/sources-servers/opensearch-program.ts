/** Servers of OpenSearch, from Maven's artifacts, and the JDK of this machine that starts each. */
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fetched, runTool } from "../engines/fetched.ts";

/** Each with the versions of Java that run it and compile its start. The older can sort by id alone, the newer by place. */
export const versions = {
  "2.19.6": { least: 11, most: 23, http: "Netty4Plugin" },
  "3.9.0": { least: 21, most: 99, http: "Netty4ModulePlugin" },
} as const;
export type Version = keyof typeof versions;
export type OpenSearchProgram = { java: string; folder: string };

/** Undefined where there is no JDK for it, or no Maven. */
export async function openSearchProgram(version: Version): Promise<OpenSearchProgram | undefined> {
  const java = await findJava(versions[version]);
  if (java === undefined) return undefined;
  try {
    return { java, folder: await fetched(`opensearch-${version}`, (folder) => fetchServer(version, folder)) };
  } catch {
    return undefined;
  }
}

/** A JDK says its version in a file of its own. */
async function findJava({ least, most }: { least: number; most: number }): Promise<string | undefined> {
  const known = await readdir("/usr/lib/jvm").catch(() => []);
  for (const home of [process.env.JAVA_HOME ?? "", ...known.map((name) => join("/usr/lib/jvm", name))]) {
    const release = await readFile(join(home, "release"), "utf8").catch(() => "");
    const version = Number(/^JAVA_VERSION="(\d+)/m.exec(release)?.[1]);
    if (version >= least && version <= most && existsSync(join(home, "bin/javac"))) return join(home, "bin/java");
  }
  return undefined;
}

/** The server in `lib`, and what speaks HTTP as a module, since the server loads that from a folder alone. */
async function fetchServer(version: Version, folder: string): Promise<void> {
  const own = [`org.opensearch:opensearch:${version}`, "org.apache.logging.log4j:log4j-core:2.25.4"];
  await fetchLibraries([...own, `org.opensearch:opensearch-plugin-classloader:${version}`], join(folder, "lib"));
  const module = join(folder, "modules/transport-netty4");
  await fetchLibraries([...own, `org.opensearch.plugin:transport-netty4-client:${version}`], module);
  for (const name of await readdir(join(folder, "lib"))) await rm(join(module, name), { force: true });
  const described = { name: "transport-netty4", description: "HTTP", version, "opensearch.version": version };
  const started = { "java.version": 11, classname: `org.opensearch.transport.${versions[version].http}` };
  const lines = Object.entries({ ...described, ...started }).map(([name, value]) => `${name}=${value}\n`);
  await writeFile(join(module, "plugin-descriptor.properties"), lines.join(""));
}

async function fetchLibraries(artifacts: readonly string[], folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dependencies = artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(":");
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  const itself = "<groupId>daymark</groupId><artifactId>libraries</artifactId><version>1</version>";
  const project = `<project><modelVersion>4.0.0</modelVersion>${itself}<dependencies>${dependencies.join("")}</dependencies></project>`;
  await writeFile(join(folder, "pom.xml"), project);
  const copy = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  await runTool("mvn", ["-q", "-B", copy, "-DincludeScope=runtime", `-DoutputDirectory=${folder}`], folder);
  await rm(join(folder, "pom.xml"));
}
