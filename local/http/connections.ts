/** Limits how many connections are open at once, in total and from one address. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

export type ConnectionLimits = { all: number; perAddress: number };

/**
 * On AWS, connections of different clients do not affect each other. Here each needs a handle, of which a process has a
 * few thousand.
 */
const defaultLimits: ConnectionLimits = { all: 8192, perAddress: 4096 };

/** Hangs up on anyone who opens more. */
export function limitConnections(server: Server, { all, perAddress }: ConnectionLimits = defaultLimits): void {
  const counts = new Map<string, number>();
  let open = 0;
  server.on("connection", (socket: Socket) => {
    open++;
    const address = socket.remoteAddress ?? "";
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    socket.once("close", () => {
      open--;
      const left = (counts.get(address) ?? 1) - 1;
      if (left > 0) counts.set(address, left);
      else counts.delete(address);
    });
    if (count > perAddress || open > all) socket.destroy();
  });
}
