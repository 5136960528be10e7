/** Has a server listen on a port of this machine, and ends it: requests under way may end, one that hangs does not keep the process. */
import type { Server } from "node:http";
import { createServer, type ListenOptions as NodeListenOptions, type Server as Port, type Socket } from "node:net";

export type Listening = { url: string; port: number } & AsyncDisposable;

export type ListenOptions = {
  /** 0 for any free port. */
  port: number;
  host: string;
  /** What an error says the port is for, and the variable that sets another. */
  for: string;
  variable: string;
  /** Connections that wait to be accepted, as Node's option of this name. */
  backlog?: number;
  /** Connections accepted in one turn of the event loop: 1, unless the system lets several servers share a port. */
  acceptsPerTurn?: number;
};

const PATIENCE_MS = 5_000;

/** Listens when the promise resolves; rejects with an Error that says why it cannot. */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { host, acceptsPerTurn = 1 } = options;
  const { port, ports } = acceptsPerTurn > 1 ? await share(server, options) : await open(server, options);
  return {
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = Promise.all(ports.map((each) => new Promise<void>((resolve) => each.close(() => resolve()))));
      const force = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
      await closed;
      clearTimeout(force);
    },
  };
}

async function open(server: Server, options: ListenOptions) {
  return { port: await bind(server, options), ports: [server] };
}

/**
 * libuv accepts one connection a turn (https://github.com/libuv/libuv/pull/3696). While a thousand connections are busy a
 * turn takes a tenth of a second, and a thousand more wait for minutes. So several servers share the port, and pass
 * their connections on.
 */
async function share(server: Server, options: ListenOptions): Promise<{ port: number; ports: Port[] }> {
  // A port that may be shared may be shared with strangers too: first see that nobody has it.
  const first = createServer();
  const port = await bind(first, options);
  await new Promise((resolve) => first.close(resolve));
  const shared = { ...options, port, reusePort: true };
  try {
    await bind(server, shared);
  } catch {
    // Not on macOS, nor on Windows.
    return await open(server, { ...options, port });
  }
  const accepting = Array.from({ length: (options.acceptsPerTurn ?? 1) - 1 }, () =>
    // As an HTTP server makes its own sockets.
    createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => server.emit("connection", socket)),
  );
  for (const each of accepting) await bind(each, shared);
  return { port, ports: [server, ...accepting] };
}

/** The port that it has got. */
async function bind(server: Port, options: ListenOptions & NodeListenOptions): Promise<number> {
  const { port, host, backlog, reusePort = false } = options;
  await new Promise<void>((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? `the port is in use (set ${options.variable})` : cause.message;
      reject(new Error(`Cannot listen for ${options.for} on ${host}:${port}: ${reason}`, { cause }));
    };
    server.once("error", fail);
    server.listen({ port, host, reusePort, ...(backlog === undefined ? {} : { backlog }) }, () => {
      server.off("error", fail);
      resolve();
    });
  });
  const address = server.address();
  return typeof address === "object" && address ? address.port : port;
}
