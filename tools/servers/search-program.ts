/**
 * Programs of OpenSearch and Elasticsearch: libraries of Maven, and the JDK of this machine that runs them. Their own
 * packages are no artifacts of Maven, so a few lines of Java start them.
 */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fetched } from "./fetched.ts";
import { knownJavas } from "./known-javas.ts";
import { type Fetching, fetchLibraries } from "./maven.ts";

export type SearchServer = {
  /** As people call it, with its version. */
  name: string;
  /** Versions of Java that run it. */
  java: { least: number; most?: number };
  /** Its libraries, the last of which is what speaks HTTP: the server loads that as a module, from a folder of its own. */
  artifacts: readonly string[];
  /** What the module says of itself. */
  module: Record<string, string>;
  /** The program in Java that starts it: `START HOME PORT`, until its input ends. */
  start: string;
};
export type SearchProgram = { server: SearchServer; java: string; folder: string };

/** The first of some servers that a JDK here can run, fetched unless it is there; or why none can be had. */
export async function searchProgram(
  servers: readonly SearchServer[],
  fetching: Fetching = {},
): Promise<SearchProgram | string> {
  const known = await knownJavas();
  for (const server of servers) {
    const { least, most = least + 100 } = server.java;
    const java = known.find(({ version }) => version >= least && version <= most)?.path;
    if (java === undefined) continue;
    try {
      const name = server.name.toLowerCase().replace(" ", "-");
      return { server, java, folder: await fetched(name, (folder) => fetchServer(server, folder, fetching)) };
    } catch (error) {
      return reasonOf(error, fetching);
    }
  }
  const ranges = servers.map(({ java: { least, most } }) =>
    most === undefined ? `${least} or newer` : `${least} to ${most}`,
  );
  return `this machine has no JDK for it (${ranges.join(", ")})`;
}

function reasonOf(error: unknown, { signal }: Fetching): string {
  if (signal?.aborted) return "it was not fetched in time; Maven keeps what it has, so another run goes on with it";
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "this machine has no Maven (mvn) to fetch it with";
  return `Maven cannot fetch it: ${/^\[ERROR\] (.{1,300})/m.exec(error.message)?.[1] ?? error.message}`;
}

/** Libraries in `lib`, the module in `module`. */
async function fetchServer({ name, artifacts, module }: SearchServer, folder: string, fetching: Fetching) {
  fetching.say?.(`fetching ${name} with Maven, once`);
  const library = join(folder, "lib");
  await fetchLibraries(artifacts, library, fetching);
  await mkdir(join(folder, "module"));
  const jar = `${artifacts.at(-1)?.split(":").slice(1).join("-")}.jar`;
  await rename(join(library, jar), join(folder, "module", jar));
  const lines = Object.entries(module).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(join(folder, "module/plugin-descriptor.properties"), lines.join(""));
}
