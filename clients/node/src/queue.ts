/** Events that wait to be sent, in the order of tracking, and the batches in which they are sent. */
import type { Tell } from "./problem.ts";
import type { Outcome } from "./send.ts";
import { uuidV7 } from "./uuid-v7.ts";

export type Batch = { id: string; events: string[]; attempts: number };
export type Queue = {
  /** Events that are in no batch yet, plus those that the server has not decided about. */
  readonly waiting: number;
  readonly isEmpty: boolean;
  /** Takes an event as JSON; beyond `maxEvents` the oldest is dropped. */
  add(event: string): void;
  /** The next batch to send: the same one until the server has decided about it. */
  next(): Batch | undefined;
  /** Returns whether the server has decided about a batch, which is then done. */
  decide(batch: Batch, outcome: Outcome): boolean;
};

/** Below the server's 500 events and 1 MiB. */
const BATCH_EVENTS = 500;
const BATCH_CHARACTERS = 300_000;

export function createQueue(maxEvents: number, tell: Tell): Queue {
  const waiting: string[] = [];
  const batches: Batch[] = [];
  let dropped = 0;
  return {
    get waiting() {
      return waiting.length;
    },
    get isEmpty() {
      return waiting.length + batches.length === 0;
    },
    add(event) {
      waiting.push(event);
      if (waiting.length <= maxEvents) return;
      waiting.shift();
      // Reported once for many: a client that cannot send is busy enough.
      if (dropped++ % 1000 === 0)
        tell({ kind: "dropped", message: `more than ${maxEvents} events wait`, events: dropped });
    },
    next() {
      if (batches.length === 0 && waiting.length > 0) batches.push(newBatch(waiting.splice(0, firstBatch(waiting))));
      return batches[0];
    },
    decide(batch, outcome) {
      const events = batch.events.length;
      if (outcome.kind === "later") {
        if (batch.attempts === 0) tell({ kind: "retry", message: outcome.message, events });
        return false;
      }
      batches.shift();
      if (outcome.kind === "tooLarge" && events > 1) {
        const half = batch.events.splice(events >> 1);
        batches.unshift({ ...batch, id: uuidV7() }, newBatch(half));
      } else if (outcome.kind !== "taken") tell({ kind: "rejected", message: outcome.message, events });
      else if (outcome.rejected > 0) tell({ kind: "rejected", message: outcome.message, events: outcome.rejected });
      return true;
    },
  };
}

function newBatch(events: string[]): Batch {
  return { id: uuidV7(), events, attempts: 0 };
}

/** How many of the events fit into one batch; one that is too large for any batch is sent alone. */
function firstBatch(events: readonly string[]): number {
  let characters = 0;
  const end = events.findIndex((event, index) => {
    characters += event.length;
    return index === BATCH_EVENTS || (index > 0 && characters >= BATCH_CHARACTERS);
  });
  return end === -1 ? events.length : end;
}
