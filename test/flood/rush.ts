/**
 * A campaign rush in a process of its own: `node test/flood/rush.ts '{"url":…}'`. Sends requests at a rate that does not ask
 * whether the last ones were answered, as visitors do, and writes down which were answered 202. Prints one line of JSON.
 */
import { connect, type Socket } from "node:net";
import { parseArgs } from "node:util";
import { makeTemplates, stamp, type Template } from "../../bench/load-generator.ts";

export type RushOptions = {
  url: string;
  seconds: number;
  /** Requests a second, and events in each. */
  rate: number;
  events: number;
  seed: number;
  /** Connections at most: whoever finds none free goes away. */
  connections: number;
  /** The first sequence number; each request has its own, and each of its event ids ends with it. */
  first: number;
};
export type RushResult = {
  seconds: number;
  /** Requests that were sent, and those that found no connection free. */
  sent: number;
  turnedAway: number;
  /** Answers by status; "lost" is a request without an answer. */
  answers: Record<string, number>;
  /** Answers 429 and 503 that do not say when to try again. */
  withoutRetryAfter: number;
  latencyMs: { median: number; p99: number; most: number };
  /** Sequence numbers of requests that were answered 202. */
  acknowledged: number[];
};

const TICK_MS = 5;
const PATIENCE_MS = 35_000;

export async function rush(options: RushOptions): Promise<RushResult> {
  const templates = makeTemplates({ ...options, postings: 40 });
  const lines = createLines(new URL(options.url), options.connections);
  const answers = new Map<string, number>();
  const latencies: number[] = [];
  const acknowledged: number[] = [];
  const waiting = new Set<Promise<void>>();
  let [sent, turnedAway, withoutRetryAfter, due] = [0, 0, 0, 0];
  const startedAt = performance.now();
  for (let now = startedAt; now < startedAt + options.seconds * 1000; now = performance.now()) {
    for (const until = ((now - startedAt) / 1000) * options.rate; due < until; due++) {
      const line = lines.take();
      if (line === undefined) turnedAway++;
      else send(line, options.first + sent++);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(waiting);
  lines.close();
  const result = { seconds, sent, turnedAway, answers: Object.fromEntries([...answers].sort()), withoutRetryAfter };
  return { ...result, latencyMs: summarise(latencies), acknowledged };

  function send(line: Line, sequence: number): void {
    const sentAt = performance.now();
    const asked: Promise<void> = line.ask(bytesOf(templates, sequence)).then(({ status, retryAfter }) => {
      answers.set(status, (answers.get(status) ?? 0) + 1);
      latencies.push(performance.now() - sentAt);
      if (status === "202") acknowledged.push(sequence);
      if ((status === "429" || status === "503") && !retryAfter) withoutRetryAfter++;
      lines.giveBack(line);
      waiting.delete(asked);
    });
    waiting.add(asked);
  }
}

function bytesOf(templates: readonly Template[], sequence: number): Buffer {
  // A copy: the template is stamped anew before a slow socket has let go of it.
  return Buffer.from(stamp(templates[sequence % templates.length], sequence));
}

type Line = { ask: (bytes: Buffer) => Promise<{ status: string; retryAfter: boolean }>; close: () => void };

/** Connections that are kept and opened as they are needed. */
function createLines(url: URL, most: number) {
  const free: Line[] = [];
  let open = 0;
  return {
    take(): Line | undefined {
      const line = free.pop();
      if (line !== undefined || open >= most) return line;
      open++;
      return createLine(url);
    },
    giveBack: (line: Line) => free.push(line),
    close: () => {
      for (const line of free) line.close();
    },
  };
}

function createLine({ hostname, port }: URL): Line {
  let socket: Socket | undefined;
  return {
    ask: (bytes) =>
      new Promise((resolve) => {
        if (socket === undefined || socket.destroyed) socket = open();
        const own = socket;
        let text = "";
        const end = (status: string) => {
          clearTimeout(timer);
          own
            .removeAllListeners("data")
            .removeAllListeners("close")
            .removeAllListeners("error")
            .on("error", () => {});
          resolve({ status, retryAfter: /\r\nretry-after: /i.test(text) });
        };
        const timer = setTimeout(() => own.destroy(), PATIENCE_MS);
        let why = "lost";
        own.once("error", (error: NodeJS.ErrnoException) => {
          why = `lost: ${error.code ?? error.message}`;
        });
        own.once("close", () => end(why));
        own.on("data", (chunk) => {
          text += chunk.toString("latin1");
          const head = text.indexOf("\r\n\r\n");
          const length = /content-length: (\d+)/i.exec(text)?.[1];
          if (head !== -1 && text.length >= head + 4 + Number(length ?? 0)) end(text.slice(9, 12));
        });
        own.write(bytes);
      }),
    close: () => socket?.destroy(),
  };

  function open(): Socket {
    const opened = connect({ host: hostname, port: Number(port), noDelay: true });
    opened.on("error", () => {});
    return opened;
  }
}

function summarise(latencies: number[]): RushResult["latencyMs"] {
  const sorted = latencies.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99), most: at(1) };
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  console.log(JSON.stringify(await rush(JSON.parse(positionals[0] ?? ""))));
}
