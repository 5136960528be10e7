/** A connection for load tests: writes ready-made requests, and reads only the status of each answer. */
import { connect, type Socket } from "node:net";

/**
 * `status` is "lost" when no complete answer came: the request may have been taken or not. `error` says why, if known.
 */
export type Reply = { status: string; error: string | undefined; retryAfter: boolean };
export type Line = { ask: (bytes: Buffer) => Promise<Reply>; close: () => void };

const PATIENCE_MS = 35_000;

/** A connection to `url`, opened by the first request, and again after an answer was lost. One request at a time. */
export function createLine({ hostname, port }: URL): Line {
  let socket: Socket | undefined;
  return {
    ask(bytes) {
      if (socket === undefined || socket.destroyed) socket = open();
      return askOn(socket, bytes);
    },
    close: () => socket?.destroy(),
  };

  function open(): Socket {
    const opened = connect({ host: hostname, port: Number(port), noDelay: true });
    return opened.on("error", () => {});
  }
}

function askOn(socket: Socket, bytes: Buffer): Promise<Reply> {
  return new Promise((resolve) => {
    let text = "";
    let error: string | undefined;
    const take = (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (isWhole(text)) end(text.slice(9, 12));
    };
    const fail = ({ code, message }: NodeJS.ErrnoException) => {
      error = code ?? message;
    };
    const lose = () => end("lost");
    const end = (status: string) => {
      clearTimeout(timer);
      socket.off("data", take).off("error", fail).off("close", lose);
      resolve({ status, error, retryAfter: /\r\nretry-after: /i.test(text) });
    };
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS);
    socket.on("data", take).once("error", fail).once("close", lose);
    // A copy: the template is stamped again before a slow socket has released it.
    socket.write(Buffer.from(bytes));
  });
}

/** The answers are small: most arrive in one piece. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return false;
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return text.length - head - 4 >= Number(length ?? 0);
}

/** How long answers took, in milliseconds. */
export type Latency = { median: number; p99: number; most: number };

export function summarise(latencies: readonly number[]): Latency {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99), most: at(1) };
}
