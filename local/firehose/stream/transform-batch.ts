/**
 * The third step: a batch goes to the function, the outcomes go to the spool, and then the journal releases the batch.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Pace } from "../limits.ts";
import { partitionKeysOf } from "../prefix.ts";
import { askFunction, type FailedOutcome, type FirehoseRecord, type Outcome } from "./ask-function.ts";
import type { StreamContext } from "./context.ts";
import { writeFailures } from "./failures.ts";
import type { Partitions } from "./partitions.ts";
import { noteSpooled } from "./progress.ts";
import { writeParts } from "./spool.ts";
import type { Batch } from "./state.ts";

export type TransformContext = StreamContext & { pace: Pace; partitions: Partitions };

/**
 * Transforms a batch and spools the outcomes, with as many attempts as it takes: only a stop leaves it for the next
 * start.
 */
export async function transformBatch(
  batch: Batch,
  records: readonly FirehoseRecord[],
  context: TransformContext,
): Promise<void> {
  const { progress, pace, faults, stream, log, journal } = context;
  const startedAt = performance.now();
  const outcomes = await transformWhenStored(records, context);
  pace.took(batch.to - batch.from, performance.now() - startedAt, progress.transforming.size);
  // An earlier process may have written objects for it.
  let isAgain = batch.id < progress.firstBatch;
  while (!(await spoolOutcomes({ batch, outcomes, isAgain }, context))) {
    isAgain = true;
    await pause(context);
  }
  await faults.check("firehose.checkpoint.after", { stream: stream.name, step: "transformed" });
  await log.truncateBefore(journal.state.batches[0]?.from ?? journal.state.cut);
}

/** A failure while the disk stores nothing is not the records' fault: it is tried again until the disk does. */
async function transformWhenStored(records: readonly FirehoseRecord[], context: StreamContext): Promise<Outcome[]> {
  const { troubles } = context;
  for (;;) {
    const outcomes = await transform(records, context);
    if (!outcomes.some(({ result }) => result === "failed")) return outcomes;
    await troubles.check();
    if (!troubles.all.some(({ kind }) => kind !== "damage")) return outcomes;
    await pause(context);
  }
}

function transform(records: readonly FirehoseRecord[], context: StreamContext): Outcome[] | Promise<Outcome[]> {
  const { stream, faults, tuning, signal, invoke } = context;
  const { processor } = stream;
  // All of them were damaged.
  if (records.length === 0) return [];
  if (!processor) return records.map((record) => ({ result: "ok", record, data: record.data, keys: {} }));
  const about = { stream: stream.name, functionName: processor.functionName };
  return askFunction(records, {
    streamArn: stream.arn,
    functionName: processor.functionName,
    numberOfRetries: processor.numberOfRetries,
    keys: stream.dynamicPartitioning ? partitionKeysOf(stream.prefix) : [],
    invoke,
    before: () => faults.check("firehose.transform.before", about),
    after: () => faults.check("firehose.transform.after", about),
    retryDelayMs: tuning.retryDelayMs,
    signal,
  });
}

type Transformed = { batch: Batch; outcomes: readonly Outcome[]; isAgain: boolean };

/** Whether all of it is on disk; what was not is written again under the same names. */
async function spoolOutcomes({ batch, outcomes, isAgain }: Transformed, context: TransformContext): Promise<boolean> {
  const { home, stream, spool, faults, journal, progress, partitions } = context;
  try {
    const limited = partitions.limit(batch, outcomes);
    const ok = limited.filter((one) => one.result === "ok");
    const failed = limited.filter((one) => one.result === "failed");
    const parts = await writeParts(spool, batch.id, ok);
    await writeFailures({ batch, at: limited[0]?.record.arrival ?? 0, failed, isAgain }, { home, stream });
    await faults.check("firehose.checkpoint", { stream: stream.name, step: "transformed" });
    noteSpooled(progress, parts, performance.now());
    await journal.record({ type: "transformed", batch: batch.id, parts });
    partitions.release(batch);
    noteFailures(failed, context);
    return true;
  } catch (error) {
    context.noteError(error);
    return false;
  }
}

function noteFailures(failed: readonly FailedOutcome[], { counts, warn, stream, tuning }: StreamContext): void {
  const exceeding = failed.filter(({ errorType }) => errorType === "activePartitionExceeded").length;
  counts.failedRecords += failed.length;
  counts.exceedingRecords += exceeding;
  if (exceeding === 0) return;
  warn(
    `Delivery stream ${stream.name} has ${tuning.activePartitions} active partitions, the most that Firehose allows: ${exceeding} records of other days are counted, but went to the error prefix (activePartitionExceeded) instead of the lake`,
  );
}

/** A pause before trying again; rejects at once when the stream stops. */
function pause({ tuning, signal }: StreamContext): Promise<void> {
  return wait(tuning.retryDelayMs, undefined, { signal });
}
