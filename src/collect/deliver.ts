/** Puts what collect decided on the delivery streams, before anyone is told that it was accepted. */
import type { Reporter } from "../reporter.ts";
import type { Collected } from "./collect.ts";

/**
 * Resolves when all records are on the stream; rejects with an UnavailableError when they are not within about
 * `budgetMs`.
 */
export type PutRecords = (put: { stream: string; records: readonly Uint8Array[]; budgetMs: number }) => Promise<void>;

type Options = Pick<Reporter, "log" | "metric"> & { putRecords: PutRecords; rejectedStream: string };

// Together with the 9 s of the last call and the 3 s that reading a secret may take, this stays below the 20 s after
// which Lambda ends the function (serverless.yml).
const BUDGET_MS = 5000;

export type Delivery = ReturnType<typeof createDelivery>;

export function createDelivery({ putRecords, rejectedStream, log, metric }: Options) {
  const put = (stream: string, records: readonly Uint8Array[]) =>
    records.length === 0 ? undefined : putRecords({ stream, records, budgetMs: BUDGET_MS });

  return {
    /**
     * Resolves once everything is on its stream; rejects with an UnavailableError if accepted events are not. Rejected
     * events that could not be stored fail the request only if it has no accepted ones: the sender is told about the
     * rejected ones anyway, and sending again would double the accepted ones. The metric RejectedNotKept raises an
     * alarm when this happens.
     */
    async deliver({ stream, accepted, rejected }: Collected): Promise<void> {
      const [events, refused] = await Promise.allSettled([put(stream, accepted), put(rejectedStream, rejected)]);
      if (events.status === "rejected") throw events.reason;
      if (refused.status === "fulfilled") return;
      if (accepted.length === 0) throw refused.reason;
      metric("RejectedNotKept", { records: rejected.length });
      log.error("Cannot keep rejected events", { error: refused.reason });
    },

    /**
     * Puts rejected rows that nobody waits for on their stream. False, after logging it, when they could not be stored.
     */
    async keepRefused(records: readonly Uint8Array[]): Promise<boolean> {
      try {
        await put(rejectedStream, records);
        return true;
      } catch (error) {
        log.error("Cannot keep the counts of refused requests yet", { error });
        return false;
      }
    },
  };
}
