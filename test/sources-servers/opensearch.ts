/**
 * A real OpenSearch on this machine. Its module for TLS and users is no artifact of Maven: a door in front of it asks
 * for the login, and lets it read alone, as a role of that module would.
 */
import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { request as send } from "node:http";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, makeCertificate, untilReady } from "../../tools/servers/own-server.ts";
import type { OpenSearchProgram } from "./opensearch-program.ts";

const PASSWORD = "secret of the reader";
const START = join(import.meta.dirname, "StartOpenSearch.java");

export async function startOpenSearch({ java, folder }: OpenSearchProgram) {
  const home = await mkdtemp(join(tmpdir(), "daymark-opensearch-"));
  await makeCertificate(home);
  const module = join(home, "modules/transport-netty4");
  await mkdir(module, { recursive: true });
  const parts = join(folder, "modules/transport-netty4");
  for (const name of await readdir(parts)) await copyFile(join(parts, name), join(module, name));
  const port = await freePort();
  const options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", join(folder, "lib/*")];
  const server = spawn(java, [...options, START, home, String(port)], { stdio: ["pipe", "ignore", "ignore"] });
  const gone = new Promise((resolve) => server.once("exit", resolve));
  // However the tests end, the server does not go on without them.
  process.once("exit", () => server.kill("SIGKILL"));
  const url = `http://127.0.0.1:${port}`;
  await untilReady(async () => void (await fetch(url)), 120);
  const door = await openDoor(home, port);
  return {
    ...door,
    reader: { user: "reader", password: PASSWORD },
    /** A request of the owner, past the door; rejects unless it succeeds. */
    async ask(method: string, path: string, body?: string): Promise<unknown> {
      const headers = { "content-type": path.includes("_bulk") ? "application/x-ndjson" : "application/json" };
      const answer = await fetch(`${url}${path}`, { method, headers, ...(body !== undefined && { body }) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text);
    },
    async [Symbol.asyncDispose]() {
      door.close();
      server.stdin.end();
      const force = setTimeout(() => server.kill("SIGKILL"), 20_000);
      await gone;
      clearTimeout(force);
      await rm(home, { recursive: true, force: true });
    },
  };
}

const READS = /^(GET|POST|DELETE) (\/[^/?]+)?\/(_search|_settings)\b/;

async function openDoor(home: string, port: number) {
  const [key, ca] = await Promise.all(["server.key", "server.crt"].map((name) => readFile(join(home, name), "utf8")));
  const login = `Basic ${Buffer.from(`reader:${PASSWORD}`).toString("base64")}`;
  const state = { mayWrite: false, onSearch: async () => {} };
  const door = createServer({ key, cert: ca }, async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    if (headers.authorization !== login) return response.writeHead(401).end("{}");
    if (!state.mayWrite && !READS.test(`${method} ${path}`)) return response.writeHead(403).end("{}");
    if (path.startsWith("/_search?")) await state.onSearch();
    const { authorization: _, ...others } = headers;
    const onward = send({ port, method, path, headers: others }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward.on("error", () => response.destroy()));
  });
  const own = await freePort();
  await new Promise<void>((resolve) => door.listen(own, "127.0.0.1", resolve));
  const close = () => {
    door.closeAllConnections();
    door.close();
  };
  return { port: own, ca: ca ?? "", state, close };
}
