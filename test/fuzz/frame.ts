/**
 * A request as bytes on the wire: framed correctly, so that whatever is odd about it reaches our code and not Node's
 * parser.
 */
import type { FuzzRequest } from "./corpus.ts";

/** Below the 10 KB that the HTTP API accepts; larger headers would only be answered 431. */
const MOST_HEADER_BYTES = 8_000;
/** These determine where a request ends or what happens to its connection. */
const framing = new Set([
  "content-length",
  "transfer-encoding",
  "connection",
  "expect",
  "upgrade",
  "host",
  "keep-alive",
  "te",
]);

export function frame({ method, path, query, headers, body }: FuzzRequest, host: string): Buffer {
  const target = encodeTarget(query === "" ? path : `${path}?${query}`).slice(0, MOST_HEADER_BYTES / 2);
  let head = `${method} ${target === "*" && method !== "OPTIONS" ? "/*" : target || "/"} HTTP/1.1\r\nhost: ${host}\r\n`;
  for (const [name, value] of headers) {
    const line = `${name}: ${value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "")}\r\n`;
    if (framing.has(name.toLowerCase()) || head.length + line.length > MOST_HEADER_BYTES) continue;
    head += line;
  }
  const hasBody = body.length > 0 || method === "POST";
  return Buffer.concat([
    Buffer.from(`${head}${hasBody ? `content-length: ${body.length}\r\n` : ""}\r\n`, "latin1"),
    body,
  ]);
}

function encodeTarget(target: string): string {
  const visible = target.replace(/[^\x21-\x7e]/gu, (char) => encodeURIComponent(char.toWellFormed()));
  return /^(\/|\*$|https?:\/\/[\w.-]+\/)/.test(visible) ? visible : `/${visible}`;
}
