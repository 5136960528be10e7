/** What a function does with what its source has brought: batch after batch is decided about and put on the streams, or all comes again. */
import type { CollectContext, Collected } from "../collect.ts";
import { collectNamed, type NamedBatch } from "./named-batches.ts";
import { mergeByStream } from "./shipped-logs.ts";

/** Readers and writers; `deliver` returns when the streams have everything, and throws otherwise. */
export type Intake = {
  config: Omit<CollectContext, "now" | "newId" | "visitorSalt">;
  readSalt(): Promise<string>;
  /** Throws where the table holds days of another time zone. */
  requireZone(): Promise<void>;
  deliver(collected: Collected): Promise<void>;
  clock(): number;
  newId(): string;
};

/** What was taken of an invocation, for its log and whoever tries it by hand. */
export type Taken = { accepted: number; rejected: number };

/** So many batches go on the streams together: some MB, and few calls. */
const BATCHES_AT_ONCE = 8;

/** A function that takes batches as they are read. It throws where one cannot be taken, and then all must be brought again. */
export function createIntake({ config, readSalt, requireZone, deliver, clock, newId }: Intake) {
  return async (batches: AsyncIterable<NamedBatch> | Iterable<NamedBatch>): Promise<Taken> => {
    const [visitorSalt] = await Promise.all([readSalt(), requireZone()]);
    const taken = { accepted: 0, rejected: 0 };
    let waiting: Collected[] = [];
    const flush = async () => {
      for (const merged of mergeByStream(waiting)) await deliver(merged);
      waiting = [];
    };
    for await (const batch of batches) {
      const collected = collectNamed(batch, { ...config, visitorSalt, now: clock(), newId });
      taken.accepted += collected.answer.body.accepted;
      taken.rejected += collected.answer.body.rejected.length;
      if (waiting.push(collected) >= BATCHES_AT_ONCE) await flush();
    }
    await flush();
    return taken;
  };
}
