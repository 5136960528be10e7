/**
 * Requests that are broken below our code: two lengths, a length and chunks, half lines, bytes that are not allowed in
 * headers. Each is sent on its own connection and must soon be refused or hung up on; none may be taken for two
 * requests.
 */
import { connect } from "node:net";
import { createRandom, pick, type Random } from "../../tools/random.ts";
import { statuses as allowed } from "./check-answer.ts";

export type WireResult = {
  answers: Record<string, number>;
  problems: { index: number; port: Port; why: string; request: string }[];
};

const event = '{"name":"click","target":"smuggled"}';
const head = "x-write-key: wk_local\r\ncontent-type: application/json\r\n";
const inner = `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: ${event.length}\r\n\r\n${event}`;

/** What follows the first request must not be taken for a second one. */
const smuggled: readonly [string, ...string[]] = [
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: 5\r\ncontent-length: 6\r\n\r\n12345${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: +5\r\n\r\n12345${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: 5, 5\r\n\r\n12345${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: 0x5\r\n\r\n12345${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}transfer-encoding: chunked\r\n\r\n5;\n\r\n12345\r\n0\r\n\r\n${inner}`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}transfer-encoding: chunked\r\n\r\n-1\r\n${inner}`,
  `POST /v1/events HTTP/1.1\nhost: localhost\ncontent-length: 0\n\n${inner}`,
  `GET /v1/health HTTP/1.1\r\nhost: localhost\r\n x-folded: 1\r\n\r\n${inner}`,
  `GET /v1/health HTTP/1.1\r\nhost: localhost\r\nx: a\rb: c\r\n\r\n${inner}`,
  `GET /v1/health\r\n\r\n${inner}`,
];
/** Refused, or hung up on. */
const broken: readonly [string, ...string[]] = [
  "CONNECT evil.example:443 HTTP/1.1\r\nhost: evil.example\r\n\r\n",
  "GET /v1/health HTTP/9.9\r\nhost: localhost\r\n\r\n",
  "GET  /v1/health HTTP/1.1\r\nhost: localhost\r\n\r\n",
  "GET /v1/\x00health HTTP/1.1\r\nhost: localhost\r\n\r\n",
  "GET /v1/health HTTP/1.1\r\n\r\n",
  "GET /v1/health HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n",
  "GET /v1/health HTTP/1.1\r\nhost: localhost\r\nx\x01y: z\r\n\r\n",
  "GET /v1/health HTTP/1.1\r\nhost: localhost\r\nx: \x00\r\n\r\n",
  `GET /v1/health HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(12_000)}\r\n\r\n`,
  `GET /${"y".repeat(20_000)} HTTP/1.1\r\nhost: localhost\r\n\r\n`,
  `GET /v1/health HTTP/1.1\r\nhost: localhost\r\n${"x: y\r\n".repeat(1990)}\r\n`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: 99999999999999999999\r\n\r\n{`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}content-length: 100\r\n\r\n{"name":`,
  `POST /v1/events HTTP/1.1\r\nhost: localhost\r\n${head}expect: 200-maybe\r\ncontent-length: 2\r\n\r\n{}`,
  "GET /v1/health HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  "\r\n\r\n\r\n",
  "POST",
  "",
];

const ports = ["api", "aws"] as const;
type Port = (typeof ports)[number];

/** Sends `count` of them to each of the ports, several at a time. */
export async function fuzzWire(
  urls: Record<Port, string>,
  options: { seed: number; count: number },
): Promise<WireResult> {
  const random = createRandom(options.seed);
  const answers = new Map<string, number>();
  const problems: WireResult["problems"] = [];
  for (let index = 0; index < options.count; index += 8) {
    const batch = Array.from({ length: Math.min(8, options.count - index) }, async (_, i) => {
      const isSmuggled = random() < 0.4;
      const bytes = scratch(Buffer.from(pick(random, isSmuggled ? smuggled : broken), "latin1"), isSmuggled, random);
      for (const port of ports) {
        const { statuses, ms } = await converse(urls[port], bytes);
        const name = statuses.join("+") || "hung up";
        answers.set(name, (answers.get(name) ?? 0) + 1);
        const why = faultOf({ port, statuses, isSmuggled, ms });
        if (why !== undefined)
          problems.push({
            index: index + i,
            port,
            why,
            request: JSON.stringify(bytes.toString("latin1").slice(0, 600)),
          });
      }
    });
    await Promise.all(batch);
  }
  return { answers: Object.fromEntries([...answers].sort()), problems };
}

type Answered = { port: Port; statuses: readonly number[]; isSmuggled: boolean; ms: number };

/** A port may say 5xx to what is broken only where it says the same to what is whole. */
function faultOf({ port, statuses, isSmuggled, ms }: Answered): string | undefined {
  if (ms > 15_000) return `no answer after ${Math.round(ms)} ms`;
  if (statuses.some((status) => status >= 500 && !allowed[port].has(status))) return `answered ${statuses.join()}`;
  return isSmuggled && statuses.includes(202) ? `took a smuggled request: ${statuses.join()}` : undefined;
}

/** Some are also sent with a byte changed; smuggled ones stay unchanged, because a changed one might be valid. */
function scratch(bytes: Buffer, isSmuggled: boolean, random: Random): Buffer {
  if (isSmuggled || random() < 0.5 || bytes.length === 0) return bytes;
  const at = Math.floor(random() * bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return bytes;
}

/** Sends exactly these bytes, and reads until the other side hangs up. */
export function converse(url: string, bytes: Buffer): Promise<{ statuses: number[]; text: string; ms: number }> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    let text = "";
    socket.setTimeout(20_000, () => socket.destroy());
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
    });
    socket.on("end", () => socket.destroy());
    socket.on("close", () => {
      const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map((match) => Number(match[1]));
      resolve({ statuses, text, ms: performance.now() - startedAt });
    });
    socket.end(bytes);
  });
}
