import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { limitConnections } from "../../../local/http/connections.ts";

test("an address has its share of the connections, gets it back, and leaves the rest to others", async () => {
  const server = createServer((_, res) => res.end("ok"));
  limitConnections(server, { all: 5, perAddress: 2 });
  await once(server.listen({ port: 0, host: "127.0.0.1" }), "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const ask = async (from: string) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress: from });
    socket.on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    const what = await Promise.race([
      once(socket, "data").then(() => "answered"),
      once(socket, "close").then(() => "hung up"),
    ]);
    return { what, socket };
  };
  const first = [await ask("127.0.0.1"), await ask("127.0.0.1"), await ask("127.0.0.1"), await ask("127.0.0.2")];
  expect(first.map(({ what }) => what)).toEqual(["answered", "answered", "hung up", "answered"]);
  first[0]?.socket.destroy();
  await expect.poll(async () => (await ask("127.0.0.1")).what).toBe("answered");
  server.closeAllConnections();
  server.close();
});
