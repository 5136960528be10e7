/**
 * Sends well-framed requests over one connection, several at a time (HTTP/1.1 pipelining): the cheapest way to send a
 * million. Each gets exactly one answer, in order; one that gets none in time, or twice a closed connection, is
 * reported.
 */
import { connect, type Socket } from "node:net";
import type { Answer } from "./check-answer.ts";

export type Sent<T> = { request: T; bytes: Buffer; method: string };
export type Outcome = Answer | "no answer" | "connection closed";
type Options<T> = {
  url: string;
  depth: number;
  timeoutMs: number;
  next: () => Sent<T> | undefined;
  settle: (sent: Sent<T>, outcome: Outcome, ms: number) => void;
};
type Flight<T> = { sent: Sent<T>; at: number; tries: number };

/** Sends what `next` returns until it returns nothing more, and waits for the answers. */
export async function sendPipelined<T>({ url, depth, timeoutMs, next, settle }: Options<T>): Promise<void> {
  let left: Flight<T>[] = [];
  for (let isDone = false; !isDone; ) {
    const result = await useConnection(left);
    isDone = result.isDone;
    left = result.left;
  }

  /**
   * Runs until there is nothing more, or the connection is gone: then returns the requests that still need an answer.
   */
  function useConnection(again: Flight<T>[]): Promise<{ isDone: boolean; left: Flight<T>[] }> {
    return new Promise((resolve) => {
      const { hostname, port } = new URL(url);
      const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
      const flying: Flight<T>[] = [];
      const waiting = [...again];
      let isOut = false;
      let buffer: Buffer = Buffer.alloc(0);
      const timer = setInterval(() => {
        const oldest = flying[0];
        if (oldest === undefined || performance.now() - oldest.at < timeoutMs) return;
        flying.shift();
        settle(oldest.sent, "no answer", performance.now() - oldest.at);
        socket.destroy();
      }, 500);
      socket.on("connect", fill);
      socket.on("error", () => {});
      socket.on("data", (chunk) => {
        buffer = buffer.length === 0 ? chunk : Buffer.concat([buffer, chunk]);
        take();
        fill();
      });
      socket.on("close", () => {
        clearInterval(timer);
        const first = flying.shift();
        if (first !== undefined && ++first.tries > 1)
          settle(first.sent, "connection closed", performance.now() - first.at);
        else if (first !== undefined) flying.unshift(first);
        const rest = [...flying, ...waiting];
        resolve({ isDone: isOut && rest.length === 0, left: rest });
      });

      function fill(): void {
        const parts: Buffer[] = [];
        // Refilled when half empty, so that one write has many requests.
        if (flying.length > depth / 2) return;
        while (flying.length < depth && !isOut) {
          const flight = waiting.shift() ?? fresh();
          if (flight === undefined) isOut = true;
          else {
            flight.at = performance.now();
            flying.push(flight);
            parts.push(flight.sent.bytes);
          }
        }
        if (parts.length > 0) socket.write(Buffer.concat(parts));
        if (isOut && flying.length === 0) socket.destroy();
      }

      function take(): void {
        for (let oldest = flying[0]; oldest !== undefined; oldest = flying[0]) {
          const read = readAnswer(buffer, oldest.sent.method);
          if (read === undefined) return;
          buffer = buffer.subarray(read.length);
          flying.shift();
          settle(oldest.sent, read.answer, performance.now() - oldest.at);
        }
      }
    });
  }

  function fresh(): Flight<T> | undefined {
    const sent = next();
    return sent && { sent, at: 0, tries: 0 };
  }
}

/** The first answer in `buffer` and its number of bytes; undefined while it is incomplete. */
export function readAnswer(buffer: Buffer, method: string): { answer: Answer; length: number } | undefined {
  const end = buffer.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = buffer.toString("latin1", 0, end).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const status = Number(first.slice(9, 12));
  const hasBody = method !== "HEAD" && status !== 204 && status !== 304;
  const size = hasBody ? Number(headers.get("content-length") ?? 0) : 0;
  const length = end + 4 + size;
  if (buffer.length < length) return undefined;
  return { answer: { status, headers, body: Buffer.from(buffer.subarray(end + 4, length)) }, length };
}
