/**
 * Posts events as fast as they are answered, in its own process: `node bench/traffic/load-generator.ts '{"url":…}'`. It
 * shares the machine with what it measures, so it does as little as possible: bodies are made once, and only their ids
 * are rewritten; requests go over plain sockets. Prints what was answered, as one line of JSON.
 */
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createLine, type Latency, type Line, summarise } from "./http-line.ts";
import { createTraffic, type TrafficRequest } from "./traffic.ts";

export type LoadOptions = {
  url: string;
  seconds: number;
  /** Events per request, and concurrent requests. */
  events: number;
  connections: number;
  seed: number;
  postings: number;
  /** The maximum number of requests per second; without it, as many as are answered. */
  rate?: number;
};
export type LoadResult = {
  seconds: number;
  /** Answers by status; "lost" is a request without an answer, which may have been counted or not. */
  answers: Record<string, number>;
  /** Events in requests that were answered 202, by name, and by name and target. */
  accepted: Record<string, number>;
  latencyMs: Latency;
  cpuSeconds: number;
};

export type Template = { bytes: Buffer; batchId: number; eventIds: number[]; keys: string[] };

const TEMPLATES = 500;
const idDigits = /"(event_id|batch_id)":"([0-9a-f-]{36})"/g;

/** Sends load to `url` for some seconds, then waits for the outstanding answers. */
export async function generateLoad(options: LoadOptions): Promise<LoadResult> {
  const templates = makeTemplates(options);
  const answers = new Map<string, number>();
  const taken = new Array<number>(templates.length).fill(0);
  const latencies: number[] = [];
  const startedAt = performance.now();
  const deadline = startedAt + options.seconds * 1000;
  let sent = 0;

  const next = () => {
    const now = performance.now();
    if (now >= deadline) return undefined;
    if (options.rate !== undefined && sent >= ((now - startedAt) / 1000) * options.rate) return "later";
    const index = sent++ % templates.length;
    return { index, bytes: stamp(templates[index], sent) };
  };
  const settle = (status: string, index: number, ms: number) => {
    answers.set(status, (answers.get(status) ?? 0) + 1);
    if (status === "202") taken[index] = (taken[index] ?? 0) + 1;
    latencies.push(ms);
  };
  await Promise.all(
    Array.from({ length: options.connections }, () => drive(createLine(new URL(options.url)), next, settle)),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage();
  return {
    seconds,
    answers: Object.fromEntries(answers),
    accepted: countAccepted(templates, taken),
    latencyMs: summarise(latencies),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
  };
}

/** Requests to stamp and send. */
export function makeTemplates({
  url,
  seed,
  events,
  postings,
}: Pick<LoadOptions, "url" | "seed" | "events" | "postings">): Template[] {
  const traffic = createTraffic({ seed, postings });
  return Array.from({ length: TEMPLATES }, () => toTemplate(new URL(url), traffic.next(events, Date.now())));
}

function toTemplate({ host }: URL, { userAgent, acceptLanguage, body }: TrafficRequest): Template {
  const json = JSON.stringify(body);
  const head = [
    "POST /v1/events HTTP/1.1",
    `host: ${host}`,
    "content-type: application/json",
    "x-write-key: wk_local",
    `user-agent: ${userAgent}`,
    `accept-language: ${acceptLanguage}`,
    `content-length: ${Buffer.byteLength(json)}`,
    "\r\n",
  ].join("\r\n");
  const bytes = Buffer.from(head + json);
  // Positions in bytes: latin1 has one character per byte.
  const ids = [...bytes.toString("latin1").matchAll(idDigits)].map((m) => ({
    name: m[1],
    at: m.index + m[0].length - 37,
  }));
  const at = (name: string) => ids.flatMap((id) => (id.name === name ? [id.at] : []));
  const keys = body.events.flatMap(({ name, target }) => (target === undefined ? [name] : [name, `${name} ${target}`]));
  return { bytes, batchId: at("batch_id")[0] ?? 0, eventIds: at("event_id"), keys };
}

/**
 * Turns a template into a new request: a version 7 batch id with the current time, and event ids that were never sent
 * before.
 */
export function stamp(template: Template | undefined, sequence: number): Buffer {
  if (template === undefined) throw new RangeError("Cannot make load without templates");
  const { bytes, batchId, eventIds } = template;
  const time = Date.now().toString(16).padStart(12, "0");
  const unique = sequence.toString(16).padStart(12, "0");
  bytes.write(`${time.slice(0, 8)}-${time.slice(8)}`, batchId, "latin1");
  bytes.write(unique, batchId + 24, "latin1");
  for (const at of eventIds) bytes.write(unique, at + 24, "latin1");
  return bytes;
}

type Next = () => { index: number; bytes: Buffer } | "later" | undefined;
type Settle = (status: string, index: number, ms: number) => void;

/** One connection: sends one request after the other until there is no next one. */
async function drive(line: Line, next: Next, settle: Settle): Promise<void> {
  for (let request = next(); request !== undefined; request = next()) {
    if (request === "later") {
      await wait(2);
      continue;
    }
    const sentAt = performance.now();
    const { status } = await line.ask(request.bytes);
    settle(status, request.index, performance.now() - sentAt);
    if (status === "lost") await wait(50);
  }
  line.close();
}

function countAccepted(templates: readonly Template[], taken: readonly number[]): Record<string, number> {
  const accepted: Record<string, number> = {};
  templates.forEach(({ keys }, i) => {
    for (const key of keys) accepted[key] = (accepted[key] ?? 0) + (taken[i] ?? 0);
  });
  return accepted;
}

if (import.meta.main) {
  const { positionals } = parseArgs({ allowPositionals: true });
  const options: LoadOptions = JSON.parse(positionals[0] ?? "");
  console.log(JSON.stringify(await generateLoad(options)));
}
