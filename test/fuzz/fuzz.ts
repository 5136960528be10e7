/**
 * Sends a number of mutated requests to an API and an AWS endpoint and returns the answers. Request i of a seed is the
 * same in every run, so that one that broke something can be sent again alone.
 */
import { createRandom } from "../../tools/random.ts";
import { faultOf } from "./check-answer.ts";
import { type FuzzRequest, validRequest } from "./corpus.ts";
import { frame } from "./frame.ts";
import { mutate } from "./mutate.ts";
import { type Outcome, type Sent, sendPipelined } from "./pipeline-client.ts";

export type FuzzOptions = {
  url: string;
  awsUrl: string;
  seed: number;
  /** The number of the first request. */
  first?: number;
  count: number;
  /** Sends only those for this port. */
  port?: FuzzRequest["port"] | undefined;
  connections?: number;
  timeoutMs?: number;
  /** Calls `onProgress` after this many requests. */
  everyRequests?: number;
  onProgress?: (done: number) => Promise<void> | void;
  /** Stops sending, and returns the result so far. */
  signal?: AbortSignal;
};
export type Problem = { index: number; why: string; request: string };
export type FuzzResult = {
  requests: number;
  seconds: number;
  /** Answers by port and status. */
  answers: Record<string, number>;
  slowestMs: number;
  problems: Problem[];
};
type Numbered = { request: FuzzRequest; index: number };

const MOST_PROBLEMS = 200;

/** The request with this number. */
export function requestAt(seed: number, index: number): FuzzRequest {
  const random = createRandom(Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b));
  const request = validRequest(random);
  const roll = random();
  return mutate(request, roll < 0.06 ? 0 : roll < 0.55 ? 1 : 2 + Math.floor(random() * 3), random);
}

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, first = 0, count, connections = 4, timeoutMs = 30_000 } = options;
  const { everyRequests = 10_000, onProgress, signal } = options;
  const answers = new Map<string, number>();
  const problems: Problem[] = [];
  // Numbers only: one port may be far behind the other, and a waiting request is made again when it is its turn.
  const queues = { api: [] as number[], aws: [] as number[] };
  const startedAt = performance.now();
  let made = 0;
  let done = 0;
  let slowestMs = 0;

  /** Both ports share one sequence of requests; those for the other port wait in its queue. */
  const nextFor = (port: "api" | "aws") => (): Sent<Numbered> | undefined => {
    while (queues[port].length === 0 && made < count && !signal?.aborted) {
      const index = first + made++;
      const request = requestAt(seed, index);
      if (options.port !== undefined && request.port !== options.port) continue;
      if (request.port === port) return toSend(request, index);
      queues[request.port].push(index);
    }
    const index = queues[port].shift();
    return index === undefined ? undefined : toSend(requestAt(seed, index), index);
  };
  const toSend = (request: FuzzRequest, index: number): Sent<Numbered> => {
    const { host } = new URL(urls[request.port]);
    return { request: { request, index }, bytes: frame(request, host), method: request.method };
  };
  const settle = ({ request: { request, index }, bytes }: Sent<Numbered>, outcome: Outcome, ms: number) => {
    const name = `${request.port} ${typeof outcome === "string" ? outcome : outcome.status}`;
    answers.set(name, (answers.get(name) ?? 0) + 1);
    slowestMs = Math.max(slowestMs, ms);
    const why = typeof outcome === "string" ? outcome : faultOf(request, outcome);
    if (why !== undefined && problems.length < MOST_PROBLEMS)
      problems.push({ index, why, request: JSON.stringify(bytes.toString("latin1").slice(0, 1500)) });
    if (++done % everyRequests === 0) void onProgress?.(done);
  };
  const urls = { api: options.url, aws: options.awsUrl };
  const lanes = { api: connections, aws: Math.max(1, Math.floor(connections / 4)) };
  await Promise.all(
    (["api", "aws"] as const).flatMap((port) =>
      Array.from({ length: lanes[port] }, () =>
        sendPipelined({ url: urls[port], depth: 16, timeoutMs, next: nextFor(port), settle }),
      ),
    ),
  );
  // A lane that found nothing to do may have ended before the other made requests for its port.
  if (queues.api.length + queues.aws.length > 0)
    await Promise.all(
      (["api", "aws"] as const).map((port) =>
        sendPipelined({ url: urls[port], depth: 16, timeoutMs, next: nextFor(port), settle }),
      ),
    );
  return {
    requests: done,
    seconds: (performance.now() - startedAt) / 1000,
    answers: Object.fromEntries([...answers].sort()),
    slowestMs,
    problems,
  };
}
