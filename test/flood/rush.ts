/**
 * A campaign rush in its own process: `node test/flood/rush.ts '{"url":…}'`. Sends requests at a rate that does not
 * depend on whether earlier ones were answered, as visitors do, and records which were answered 202. Prints one line of
 * JSON.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createLine, type Latency, type Line, summarise } from "../../bench/traffic/http-line.ts";
import { makeTemplates, stamp } from "../../bench/traffic/load-generator.ts";

export type RushOptions = {
  url: string;
  seconds: number;
  /** Requests per second, and events per request. */
  rate: number;
  events: number;
  seed: number;
  /** The maximum number of connections: visitors that find none free leave. */
  connections: number;
  /** The first sequence number; each request has its own, and all of its event ids end with it. */
  first: number;
};
export type RushResult = {
  seconds: number;
  /** Requests that were sent, and those that found no free connection. */
  sent: number;
  turnedAway: number;
  /** Answers by status; "lost" is a request without an answer. */
  answers: Record<string, number>;
  /** Answers 429 and 503 that do not say when to retry. */
  withoutRetryAfter: number;
  latencyMs: Latency;
  /** Sequence numbers of requests that were answered 202. */
  acknowledged: number[];
};

const TICK_MS = 5;

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
    await wait(TICK_MS);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(waiting);
  lines.close();
  const result = { seconds, sent, turnedAway, answers: Object.fromEntries([...answers].sort()), withoutRetryAfter };
  return { ...result, latencyMs: summarise(latencies), acknowledged };

  function send(line: Line, sequence: number): void {
    const sentAt = performance.now();
    const bytes = stamp(templates[sequence % templates.length], sequence);
    const asked: Promise<void> = line.ask(bytes).then(({ status, error, retryAfter }) => {
      const name = error === undefined ? status : `${status}: ${error}`;
      answers.set(name, (answers.get(name) ?? 0) + 1);
      latencies.push(performance.now() - sentAt);
      if (status === "202") acknowledged.push(sequence);
      if ((status === "429" || status === "503") && !retryAfter) withoutRetryAfter++;
      lines.giveBack(line);
      waiting.delete(asked);
    });
    waiting.add(asked);
  }
}

/** Connections that stay open, and are opened as needed. */
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

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  console.log(JSON.stringify(await rush(JSON.parse(positionals[0] ?? ""))));
}
