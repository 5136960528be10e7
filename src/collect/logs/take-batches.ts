/**
 * How a function takes what its source delivers: batch by batch it decides and puts the events on the streams. If it
 * fails, everything is delivered again.
 */
import type { SourceName } from "../../schemas/event-source.ts";
import type { CollectContext, Collected } from "../collect.ts";
import { collectNamed, type NamedBatch } from "./named-batches.ts";
import { mergeByStream } from "./shipped-logs.ts";

/** Readers and writers; `deliver` resolves when everything is on the streams, and rejects otherwise. */
export type Intake = {
  source: SourceName;
  config: Omit<CollectContext, "now" | "newId" | "visitorSalt">;
  readSalt(): Promise<string>;
  /** Rejects if the table holds days of another time zone. */
  requireZone(): Promise<void>;
  deliver(collected: Collected): Promise<void>;
  clock(): number;
  newId(): string;
};

/** What was taken from an invocation, for its log and for those who try it by hand. */
export type Taken = { accepted: number; rejected: number };

/** How many batches are put on the streams together: a few MB in few calls. */
const BATCHES_AT_ONCE = 8;

/**
 * A function that takes batches as they are read. It throws if one cannot be taken; then everything must be delivered
 * again.
 */
export function createIntake({ source, config, readSalt, requireZone, deliver, clock, newId }: Intake) {
  return async (batches: AsyncIterable<NamedBatch> | Iterable<NamedBatch>): Promise<Taken> => {
    const [visitorSalt] = await Promise.all([readSalt(), requireZone()]);
    const taken = { accepted: 0, rejected: 0 };
    let waiting: Collected[] = [];
    const flush = async () => {
      for (const merged of mergeByStream(waiting)) await deliver(merged);
      waiting = [];
    };
    for await (const batch of batches) {
      const collected = collectNamed(batch, source, { ...config, visitorSalt, now: clock(), newId });
      taken.accepted += collected.answer.body.accepted;
      taken.rejected += collected.answer.body.rejected.length;
      if (waiting.push(collected) >= BATCHES_AT_ONCE) await flush();
    }
    await flush();
    return taken;
  };
}
