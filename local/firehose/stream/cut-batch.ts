/** The second step: which records are the next batch is decided once, and written down before the function sees any of them. */
import { fromLog } from "../records.ts";
import type { FirehoseRecord } from "./ask-function.ts";
import type { StreamContext } from "./context.ts";
import type { Batch } from "./state.ts";

/** A record costs more on the way to the function than its data: ids and times. Keeps events below Lambda's 6 MB. */
const maxRecordsPerBatch = 10_000;

/** Cuts the next batch from the log; it is in the journal then. */
export async function cutBatch(context: StreamContext): Promise<{ batch: Batch; records: FirehoseRecord[] }> {
  const { log, journal, limits, faults, stream } = context;
  const { nextBatch: id, cut: from } = journal.state;
  const { records, next } = await log.read(from, { bytes: limits.bytes, count: maxRecordsPerBatch });
  const batch: Batch = { id, from, to: next };
  await journal.record({ type: "cut", batch });
  await faults.check("firehose.cut", { stream: stream.name });
  return { batch, records: records.map(fromLog) };
}

/** The records of a batch that was cut before: the same ones, as often as they are read. */
export async function readBatch({ log }: StreamContext, { from, to }: Batch): Promise<FirehoseRecord[]> {
  return (await log.read(from, { to })).records.map(fromLog);
}
