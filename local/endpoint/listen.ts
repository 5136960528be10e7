/** Has a server listen on a port of this machine, and ends it: requests under way may end, one that hangs does not keep the process. */
import type { Server } from "node:http";

export type Listening = { url: string; port: number } & AsyncDisposable;

/** `for` and `variable` are what an error says the port is for, and where another can be said; `backlog` is Node's. */
export type ListenOptions = { port: number; host: string; for: string; variable: string; backlog?: number };

const PATIENCE_MS = 5_000;

/** Listens when the promise resolves; rejects with an Error that says why it cannot. */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const { port, host, backlog } = options;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? `the port is in use (set ${options.variable})` : cause.message;
      reject(new Error(`Cannot listen for ${options.for} on ${host}:${port}: ${reason}`, { cause }));
    });
    server.listen({ port, host, ...(backlog === undefined ? {} : { backlog }) }, resolve);
  });
  const address = server.address();
  const bound = typeof address === "object" && address ? address.port : port;
  return {
    port: bound,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const force = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
      await closed;
      clearTimeout(force);
    },
  };
}
