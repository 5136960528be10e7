/**
 * Lets a server listen on a port of this machine, and stops it: requests under way may finish, but one that hangs does
 * not keep the process alive.
 */
import type { Server } from "node:http";
import { createServer, type ListenOptions as NodeListenOptions, type Server as Port, type Socket } from "node:net";

export type Listening = { url: string; port: number } & AsyncDisposable;

export type ListenOptions = {
  /** 0 for any free port. */
  port: number;
  host: string;
  /** What the port is for, as an error says, and the variable that sets another. */
  for: string;
  variable: string;
  /** How many connections may wait to be accepted; same as Node's option. */
  backlog?: number;
  /**
   * How many connections are accepted in one turn of the event loop: 1, unless the system lets several servers share a
   * port.
   */
  acceptsPerTurn?: number;
};

const PATIENCE_MS = 5_000;

/** Is listening when the promise resolves; rejects with an Error that says why it cannot. */
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
 * libuv accepts one connection per turn (https://github.com/libuv/libuv/pull/3696). While a thousand connections are
 * busy, a turn takes a tenth of a second, and a thousand more wait for minutes. So several servers share the port, and
 * pass their connections on.
 */
async function share(server: Server, options: ListenOptions): Promise<{ port: number; ports: Port[] }> {
  // A port that can be shared could also be shared with strangers, so first make sure that nobody uses it.
  if (options.port !== 0) await probe(options);
  let port: number;
  try {
    port = await bind(server, { ...options, reusePort: true });
  } catch {
    // Not supported on macOS and Windows.
    return await open(server, options);
  }
  const accepting = Array.from({ length: (options.acceptsPerTurn ?? 1) - 1 }, () =>
    // With the options that an HTTP server uses for its own sockets.
    createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) => server.emit("connection", socket)),
  );
  for (const each of accepting) await bind(each, { ...options, port, reusePort: true });
  return { port, ports: [server, ...accepting] };
}

async function probe(options: ListenOptions): Promise<void> {
  const server = createServer();
  await bind(server, options);
  await new Promise((resolve) => server.close(resolve));
}

/** The port that was assigned. */
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
