/** A real OpenSearch or Elasticsearch on loopback, in a folder of its own, behind a door with TLS. */
import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, makeCertificate, untilReady } from "./own-server.ts";
import { openReadingDoor } from "./reading-door.ts";
import type { SearchProgram } from "./search-program.ts";

// It lives for a minute: little memory, and no time spent on code that is compiled well.
const SMALL = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

export type RunningSearchServer = Awaited<ReturnType<typeof startSearchServer>>;
type Reader = { username: string; password: string };

/** `reader` is the one login that its door knows. */
export async function startSearchServer(program: SearchProgram, reader: Reader) {
  await using starting = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-search-"));
  starting.defer(() => rm(home, { recursive: true, force: true }));
  await makeCertificate(home);
  const module = join(home, "modules/transport-netty4");
  for (const made of [module, join(home, "config")]) await mkdir(made, { recursive: true });
  const parts = join(program.folder, "module");
  for (const part of await readdir(parts)) await copyFile(join(parts, part), join(module, part));
  const port = await freePort();
  starting.defer(await startProgram(program, home, port));
  const door = await openReadingDoor(home, port, reader);
  starting.defer(door.close);
  const stack = starting.move();
  return {
    ...door,
    /** A request of the owner, past the door; rejects unless it succeeds. */
    async ask(method: string, path: string, body?: string): Promise<unknown> {
      const headers = { "content-type": path.includes("_bulk") ? "application/x-ndjson" : "application/json" };
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        headers,
        ...(body !== undefined && { body }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Until it answers; returns what ends it. */
async function startProgram({ server, java, folder }: SearchProgram, home: string, port: number) {
  const args = [...SMALL, "-cp", join(folder, "lib/*"), server.start, home, String(port)];
  const child = spawn(java, args, { cwd: home, stdio: ["pipe", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-1000);
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  // However the demo or a test ends, the server does not go on without it.
  process.once("exit", () => child.kill("SIGKILL"));
  const isOver = () => (child.exitCode === null ? undefined : `Cannot start ${server.name}: ${said}`);
  const stop = async () => {
    child.stdin.end();
    const force = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await gone;
    clearTimeout(force);
  };
  try {
    await untilReady(async () => void (await fetch(`http://127.0.0.1:${port}`)), 120, isOver);
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
