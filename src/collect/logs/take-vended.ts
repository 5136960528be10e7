/**
 * How the stream function takes a batch in which there may be logs of CloudFront's, so that however often Firehose
 * delivers the batch, each line counts once:
 *
 * 1. The logs become rows, and everything that stays in its place is counted.
 * 2. What cannot stay there is put on the streams.
 * 3. Firehose gets all records back, those of which nothing is left as dropped.
 *
 * A failure before 3 has the batch delivered again; its rows are then the same, and copies.
 */
import type { Reporter } from "../../reporter.ts";
import type { PutRecords } from "../deliver.ts";
import { isVended, type TakenVended, takeVended, type VendedContext, type VendedRecord } from "./vended-records.ts";

type Options = Pick<Reporter, "log" | "metric"> &
  Omit<VendedContext, "visitorSalt" | "timezone"> & {
    visitorSalt: { read(): Promise<string> };
    putRecords: PutRecords;
    rejectedStream: string;
  };

/** What Firehose gets back for a record that it need not store. */
type Dropped = { recordId: string; result: "Dropped"; data: string };

const BUDGET_MS = 5000;

/** Takes batches, for days in `timezone`. Rejects with what `count` rejects with, or if rows cannot be put. */
export function createTakeVended({ visitorSalt, putRecords, rejectedStream, log, metric, ...config }: Options) {
  const [stream] = config.eventsStreams;

  /** Rejected lines that cannot be kept are no reason to keep back the others. */
  async function keepRejected(records: readonly Uint8Array[]): Promise<void> {
    try {
      await putRecords({ stream: rejectedStream, records, budgetMs: BUDGET_MS });
    } catch (error) {
      metric("RejectedNotKept", { records: records.length });
      log.error("Cannot keep rejected lines of CloudFront's logs", { error });
    }
  }

  return async <R extends VendedRecord, A>(
    records: readonly R[],
    timezone: string,
    count: (records: TakenVended<R>["records"]) => Promise<readonly A[]>,
  ): Promise<(A | Dropped)[]> => {
    if (!records.some(isVended)) return [...(await count([...records]))];
    const taken = takeVended(records, { ...config, timezone, visitorSalt: await visitorSalt.read() });
    const counted = taken.records.length === 0 ? [] : await count(taken.records);
    if (taken.accepted.length > 0) await putRecords({ stream, records: taken.accepted, budgetMs: BUDGET_MS });
    if (taken.rejected.length > 0) await keepRejected(taken.rejected);
    return [...counted, ...taken.dropped.map(({ recordId, data }): Dropped => ({ recordId, result: "Dropped", data }))];
  };
}
