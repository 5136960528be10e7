/**
 * The second step: which records form the next batch is decided once, and written down before the function sees any of
 * them.
 */
import { fromLog } from "../records.ts";
import type { FirehoseRecord } from "./ask-function.ts";
import type { StreamContext } from "./context.ts";
import type { Batch } from "./state.ts";

/**
 * In addition to its data, each record costs ids and times on the way to the function. This keeps events below Lambda's
 * 6 MB.
 */
const maxRecordsPerBatch = 10_000;

/** Cuts the next batch from the log and records it in the journal. */
export async function cutBatch(context: StreamContext): Promise<{ batch: Batch; records: FirehoseRecord[] }> {
  const { log, journal, limits, faults, stream } = context;
  const { nextBatch: id, cut: from } = journal.state;
  const { records, next } = await log.read(from, { bytes: limits.bytes, count: maxRecordsPerBatch });
  const batch: Batch = { id, from, to: next };
  await journal.record({ type: "cut", batch });
  await faults.check("firehose.cut", { stream: stream.name });
  return { batch, records: records.map(fromLog) };
}

/** The records of a batch that was cut earlier: always the same ones. */
export async function readBatch({ log }: StreamContext, { from, to }: Batch): Promise<FirehoseRecord[]> {
  return (await log.read(from, { to })).records.map(fromLog);
}
