import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { listen } from "../../../local/endpoint/listen.ts";

const options = { port: 0, host: "127.0.0.1", for: "a test", variable: "PORT" };

/** How many requests of busy connections are answered before the last of the connections is accepted. */
async function answeredBeforeAllAreAccepted(connections: number, acceptsPerTurn: number): Promise<number> {
  let answered = 0;
  const server = createServer((_, res) => {
    answered++;
    res.end("ok");
  });
  await using listening = await listen(server, { ...options, acceptsPerTurn });
  const sockets = Array.from({ length: connections }, () => connect(listening.port, options.host));
  const ask = "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";
  const accepted = sockets.map(async (socket) => {
    socket.on("error", () => {}).on("data", () => socket.write(ask));
    socket.write(ask);
    await once(socket, "data");
  });
  await Promise.all(accepted);
  const before = answered;
  for (const socket of sockets) socket.destroy();
  return before;
}

test("new connections do not wait until busy ones are silent", async () => {
  const one = await answeredBeforeAllAreAccepted(150, 1);
  // If no two servers can share a port, there is nothing to compare.
  const many = process.platform === "linux" ? await answeredBeforeAllAreAccepted(150, 16) : 0;
  expect(many).toBeLessThan(one / 4);
});

test("a port that somebody has is refused, and names the variable, also if it could be shared", async () => {
  await using listening = await listen(createServer(), { ...options, acceptsPerTurn: 4 });
  for (const acceptsPerTurn of [1, 4]) {
    await expect(listen(createServer(), { ...options, port: listening.port, acceptsPerTurn })).rejects.toThrow(
      `Cannot listen for a test on 127.0.0.1:${listening.port}: the port is in use (set PORT)`,
    );
  }
});

test("what has ended accepts nothing more", async () => {
  const listening = await listen(createServer(), { ...options, acceptsPerTurn: 4 });
  await listening[Symbol.asyncDispose]();
  const [error] = await once(connect(listening.port, options.host), "error");
  expect(error).toMatchObject({ code: "ECONNREFUSED" });
});
