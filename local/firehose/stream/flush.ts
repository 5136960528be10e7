/** Waits until everything that was put before is in the lake. While someone waits, no buffer waits any longer. */
import type { StreamContext } from "./context.ts";
import type { Part } from "./state.ts";

export type Flush = {
  /** Rejects with the last error after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /** Must be called whenever something has changed. */
  look(): void;
};

/** `advance` starts what a flush allows, and then calls `look`. */
export function createFlush(context: StreamContext, advance: () => void, lastError: () => string | undefined): Flush {
  const { log, journal, progress, stream } = context;
  const looks = new Set<() => void>();
  const until = (isDone: () => boolean, deadline: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => isDone() && resolve();
    const onDeadline = () =>
      reject(new Error(`Cannot flush ${stream.name} in time: ${lastError() ?? "it is still under way"}`));
    looks.add(look);
    deadline.addEventListener("abort", onDeadline);
    advance();
    return promise.finally(() => {
      looks.delete(look);
      deadline.removeEventListener("abort", onDeadline);
    });
  };
  return {
    look() {
      for (const look of looks) look();
    },
    async flush(timeoutMs) {
      const { end } = log;
      const deadline = AbortSignal.timeout(timeoutMs);
      progress.flushes++;
      try {
        await until(() => journal.state.cut >= end, deadline);
        const last = journal.state.nextBatch;
        const isOld = ({ batch }: Part) => batch < last;
        await until(() => !journal.state.batches.some(({ id }) => id < last), deadline);
        await until(() => {
          const { parts, plans } = journal.state;
          return !parts.some(isOld) && !plans.some((plan) => plan.parts.some(isOld));
        }, deadline);
      } finally {
        progress.flushes--;
      }
    },
  };
}
