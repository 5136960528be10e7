/**
 * A door with TLS in front of an OpenSearch or Elasticsearch of this machine, whose own modules for that are no
 * artifacts of Maven: it asks for the login, and lets it read alone, as a role of theirs would.
 */
import { readFile } from "node:fs/promises";
import { request as send } from "node:http";
import { createServer } from "node:https";
import { join } from "node:path";
import { freePort } from "./own-server.ts";

const READS = /^(GET|POST|DELETE) (\/[^/?]+)?\/(_search|_settings|_alias|_pit)\b/;

/** Opens it in front of `port`, with the certificate in `home`. */
export async function openReadingDoor(home: string, port: number, reader: { username: string; password: string }) {
  const [key, ca] = await Promise.all(["server.key", "server.crt"].map((name) => readFile(join(home, name), "utf8")));
  const login = `Basic ${Buffer.from(`${reader.username}:${reader.password}`).toString("base64")}`;
  const state = { mayWrite: false, onSearch: async () => {} };
  const door = createServer({ key, cert: ca }, async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    if (headers.authorization !== login) return response.writeHead(401).end("{}");
    if (!state.mayWrite && !READS.test(`${method} ${path}`)) return response.writeHead(403).end("{}");
    try {
      if (path.startsWith("/_search?")) await state.onSearch();
    } catch {
      return void request.socket.destroy();
    }
    const { authorization: _, ...others } = headers;
    const onward = send({ port, method, path, headers: others }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward.on("error", () => response.destroy()));
  });
  const own = await freePort();
  await new Promise<void>((resolve) => door.listen(own, "127.0.0.1", resolve));
  return {
    port: own,
    ca: ca ?? "",
    /** What a test changes: whether it lets the login write; what happens before each search, whose connection ends if that fails. */
    state,
    close() {
      door.closeAllConnections();
      door.close();
    },
  };
}
