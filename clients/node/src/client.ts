/**
 * Sends a server's events to Daymark. Each batch keeps its id, its events and their order however often it is sent, so
 * Daymark counts each event once. Nothing here blocks, throws or keeps the process alive, except `flush`.
 */
import type { EventOf } from "./events.ts";
import { createPause } from "./pause.ts";
import { createTell, type Problem } from "./problem.ts";
import { createQueue, type Queue } from "./queue.ts";
import { send } from "./send.ts";

export type * from "./events.ts";
export type { Problem } from "./problem.ts";

export type Options = {
  url: string;
  key: string;
  flushMs?: number;
  flushEvents?: number;
  maxEvents?: number;
  timeoutMs?: number;
  onProblem?: (problem: Problem) => void;
};
export type Client = {
  /** Takes an event; its time is now unless the event has one. */
  track<Name extends string>(event: { name: Name } & EventOf<Name>): void;
  /** Sends what was tracked before; resolves to whether the server has decided about all of it in time (30 s). */
  flush(options?: { timeoutMs?: number }): Promise<boolean>;
  /** Flushes, and takes no more events. */
  close(options?: { timeoutMs?: number }): Promise<boolean>;
};

const LONGEST_PAUSE_MS = 30_000;

/** A client for one stage. Throws a TypeError for an invalid address or key: immediately, never later. */
export function createClient(options: Options): Client {
  const { flushMs = 1000, flushEvents = 100, maxEvents = 10_000 } = options;
  const tell = createTell(options.onProblem);
  const queue = createQueue(maxEvents, tell);
  const { work, wake } = createSender(options, queue);
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> | undefined;
  let closed = false;

  function track(event: object): void {
    const text = closed ? undefined : toJson(event);
    if (text === undefined) {
      const message = closed ? "the client is closed" : "the event cannot be written as JSON";
      tell({ kind: "dropped", message, events: 1 });
      return;
    }
    queue.add(text);
    if (queue.waiting >= flushEvents) void start();
    else startLater();
  }

  function start(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
      if (queue.waiting > 0 && !closed) startLater();
    });
    return working;
  }

  function startLater(): void {
    timer ??= setTimeout(start, flushMs).unref();
  }

  async function flush({ timeoutMs: within = 30_000 } = {}): Promise<boolean> {
    const deadline = Date.now() + within;
    wake();
    while (!queue.isEmpty && Date.now() < deadline) await endOf(start(), deadline);
    return queue.isEmpty;
  }

  async function close(within: { timeoutMs?: number } = {}): Promise<boolean> {
    const isSent = await flush(within);
    closed = true;
    clearTimeout(timer);
    process.off("beforeExit", atEnd);
    return isSent;
  }

  // Only once: what cannot be sent then would keep the process alive forever.
  const atEnd = (): void => {
    process.off("beforeExit", atEnd);
    void flush();
  };
  process.on("beforeExit", atEnd);
  return { track, flush, close };
}

/** Sends one batch after the other, in the order of tracking; `wake` ends the pause between two attempts. */
function createSender({ url, key, timeoutMs = 10_000 }: Options, queue: Queue) {
  if (typeof key !== "string" || key === "") throw new TypeError("Cannot send events: the key is missing");
  const endpoint = endpointOf(url);
  const { sleep, wake } = createPause();
  const work = async (): Promise<void> => {
    for (let batch = queue.next(); batch !== undefined; batch = queue.next()) {
      const outcome = await send({ endpoint, key, batch, timeoutMs });
      if (queue.decide(batch, outcome)) continue;
      batch.attempts++;
      const asked = outcome.kind === "later" ? outcome.afterMs : undefined;
      await sleep(Math.min(LONGEST_PAUSE_MS, asked ?? 200 * 2 ** batch.attempts) * (0.5 + Math.random() / 2));
    }
  };
  return { work, wake };
}

/**
 * Waits until the work is done or the time is up. This timer, unlike the others, keeps the process alive: somebody
 * waits for it.
 */
async function endOf(work: Promise<void>, deadline: number): Promise<void> {
  let timeUp: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timeUp = setTimeout(resolve, deadline - Date.now());
  });
  await Promise.race([work, late]);
  clearTimeout(timeUp);
}

function endpointOf(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new TypeError(`Cannot send events: "${url}" is no address`);
  return new URL("v1/events", url.endsWith("/") ? url : `${url}/`).href;
}

/** Undefined for what JSON cannot express: a cycle, a big integer, anything but an object. */
function toJson(event: unknown): string | undefined {
  try {
    return typeof event === "object" && event !== null
      ? JSON.stringify({ occurred_at: Date.now(), ...event })
      : undefined;
  } catch {
    return undefined;
  }
}
