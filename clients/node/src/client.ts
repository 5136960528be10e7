/**
 * Sends events of a server to Daymark. Each batch keeps its id, its events and their order however often it is tried, so the server
 * counts each event once; nothing here blocks, throws or keeps the process alive but `flush`.
 */
import type { EventOf } from "./events.ts";
import { type Outcome, send } from "./send.ts";
import { uuidV7 } from "./uuid-v7.ts";

export type * from "./events.ts";

export type Problem = { kind: "rejected" | "dropped" | "retry"; message: string; events: number };
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
  /** Takes an event, with the time of now unless it names one. */
  track<Name extends string>(event: { name: Name } & EventOf<Name>): void;
  /** Sends what was tracked before; whether the server has decided about all of it within the time (30 s). */
  flush(options?: { timeoutMs?: number }): Promise<boolean>;
  /** Flushes, and takes no more. */
  close(options?: { timeoutMs?: number }): Promise<boolean>;
};

type Batch = { id: string; events: string[]; attempts: number };

/** Below the server's 500 events and 1 MiB. */
const BATCH_EVENTS = 500;
const BATCH_CHARACTERS = 300_000;
const LONGEST_PAUSE_MS = 30_000;

/** A client for one stage. Throws a TypeError for an address or key that cannot be one: at the start, never later. */
export function createClient(options: Options): Client {
  const { key, flushMs = 1000, flushEvents = 100, maxEvents = 10_000, timeoutMs = 10_000 } = options;
  if (typeof key !== "string" || key === "") throw new TypeError("Cannot send events: the key is missing");
  const endpoint = endpointOf(options.url);
  const waiting: string[] = [];
  const batches: Batch[] = [];
  let [timer, working, closed, dropped]: [NodeJS.Timeout | undefined, Promise<void> | undefined, boolean, number] = [
    undefined,
    undefined,
    false,
    0,
  ];
  let wake: (() => void) | undefined;

  const tell = (problem: Problem): void => {
    try {
      (options.onProblem ?? warn)(problem);
    } catch {
      // What the owner does with a problem is none of ours.
    }
  };

  function track(event: object): void {
    const text = closed ? undefined : toJson(event);
    if (text === undefined) {
      tell({
        kind: "dropped",
        message: closed ? "the client is closed" : "the event cannot be written as JSON",
        events: 1,
      });
      return;
    }
    waiting.push(text);
    if (waiting.length > maxEvents) {
      waiting.shift();
      // Told once for many: a client that cannot send has enough to do.
      if (dropped++ % 1000 === 0)
        tell({ kind: "dropped", message: `more than ${maxEvents} events wait`, events: dropped });
    }
    if (waiting.length >= flushEvents) void start();
    else timer ??= setTimeout(start, flushMs).unref();
  }

  function start(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    working ??= work().finally(() => {
      working = undefined;
      if (waiting.length > 0 && !closed) timer ??= setTimeout(start, flushMs).unref();
    });
    return working;
  }

  /** One batch after the other, in the order in which they were tracked. */
  async function work(): Promise<void> {
    for (let batch = next(); batch !== undefined; batch = next()) {
      const outcome = await send({ endpoint, key, batch, timeoutMs });
      if (decide(batch, outcome)) continue;
      batch.attempts++;
      const pause =
        outcome.kind === "later" && outcome.afterMs !== undefined ? outcome.afterMs : 200 * 2 ** batch.attempts;
      await sleep(Math.min(LONGEST_PAUSE_MS, pause) * (0.5 + Math.random() / 2));
    }
  }

  function next(): Batch | undefined {
    const [open] = batches;
    if (open !== undefined || waiting.length === 0) return open;
    let characters = 0;
    let count = 0;
    while (
      count < waiting.length &&
      count < BATCH_EVENTS &&
      (count === 0 || characters + (waiting[count]?.length ?? 0) < BATCH_CHARACTERS)
    )
      characters += waiting[count++]?.length ?? 0;
    const batch = { id: uuidV7(), events: waiting.splice(0, count), attempts: 0 };
    batches.push(batch);
    return batch;
  }

  /** Whether the server has decided about a batch, and so it is done with. */
  function decide(batch: Batch, outcome: Outcome): boolean {
    const events = batch.events.length;
    if (outcome.kind === "later") {
      if (batch.attempts === 0) tell({ kind: "retry", message: outcome.message, events });
      return false;
    }
    batches.shift();
    if (outcome.kind === "tooLarge" && events > 1) {
      const half = batch.events.splice(events >> 1);
      batches.unshift({ ...batch, id: uuidV7() }, { id: uuidV7(), events: half, attempts: 0 });
    } else if (outcome.kind !== "taken") tell({ kind: "rejected", message: outcome.message, events });
    else if (outcome.rejected > 0) tell({ kind: "rejected", message: outcome.message, events: outcome.rejected });
    return true;
  }

  /** A pause that keeps no process alive, and that a flush ends. */
  function sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = setTimeout(done, ms);
      end.unref();
      function done(): void {
        clearTimeout(end);
        wake = undefined;
        resolve();
      }
      wake = done;
    });
  }

  async function flush({ timeoutMs: within = 30_000 } = {}): Promise<boolean> {
    const deadline = Date.now() + within;
    wake?.();
    while (waiting.length + batches.length > 0 && Date.now() < deadline) {
      // This timer, unlike the others, keeps the process alive: somebody waits.
      let timeUp: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timeUp = setTimeout(resolve, deadline - Date.now());
      });
      await Promise.race([start(), late]);
      clearTimeout(timeUp);
    }
    return waiting.length + batches.length === 0;
  }

  async function close(within: { timeoutMs?: number } = {}): Promise<boolean> {
    const isSent = await flush(within);
    closed = true;
    clearTimeout(timer);
    process.off("beforeExit", atEnd);
    return isSent;
  }

  // Once: what could not be sent then would keep the process for ever.
  const atEnd = (): void => {
    process.off("beforeExit", atEnd);
    void flush();
  };
  process.on("beforeExit", atEnd);
  return { track, flush, close };
}

function endpointOf(url: string): string {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new TypeError(`Cannot send events: "${url}" is no address`);
  return new URL("v1/events", url.endsWith("/") ? url : `${url}/`).href;
}

/** Undefined for what JSON has no words for: a cycle, a big integer, no object at all. */
function toJson(event: unknown): string | undefined {
  try {
    return typeof event === "object" && event !== null
      ? JSON.stringify({ occurred_at: Date.now(), ...event })
      : undefined;
  } catch {
    return undefined;
  }
}

function warn({ kind, message, events }: Problem): void {
  console.warn(`Daymark: ${events} events ${kind}: ${message}`);
}
