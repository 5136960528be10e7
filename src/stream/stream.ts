/**
 * The Firehose transformation: counts the events of a batch as they pass, and hands them on to the lake. The order of
 * its writes keeps the number exact, whenever it stops and however often the same batch arrives:
 *
 * 1. It writes down which events are copies, which decides that for ever (find-repeats.ts).
 * 2. It writes what the other events add up to, which becomes visible in all days at once (write-blocks.ts).
 * 3. It folds days that have many blocks, which changes no number (fold-blocks.ts).
 * 4. It returns the records to Firehose.
 *
 * A failure before 3 fails the batch: Firehose sends it again, and what was already written counts once.
 */
import { forEachLimited } from "../for-each-limited.ts";
import type { Metric } from "../metrics/define-metric.ts";
import { dayOf } from "../metrics/time-bucket.ts";
import type { Reporter } from "../reporter.ts";
import type { BlockStore } from "../table/blocks/block-store.ts";
import { expiryOf as blockExpiry, type Frontier, fansOf } from "../table/blocks/frontier.ts";
import { packBlock } from "../table/blocks/packed-block.ts";
import { createBlockStore } from "../table/blocks/stored-blocks.ts";
import { createRejectedSamples, type RejectedSamples } from "../table/rejected-samples.ts";
import { createRequestLedger } from "../table/request-ledger.ts";
import type { Table } from "../table/table.ts";
import { answerBatch } from "./answer-batch.ts";
import { countBatch, type DayTally } from "./count-batch.ts";
import { findRepeats } from "./find-repeats.ts";
import { type FoldOptions, foldDay } from "./fold-blocks.ts";
import { type Batch, expiryOf, readBatch } from "./read-batch.ts";
import type { FirehoseRecord } from "./read-record.ts";
import { createPages } from "./remember-pages.ts";
import { sampleWrites } from "./sample-writes.ts";
import { sentRecords } from "./sent-records.ts";
import { writeBlocks } from "./write-blocks.ts";

export type StreamOptions = Reporter & {
  table: Table;
  timezone: string;
  catalog: readonly Metric[];
  /** Epoch ms. */
  clock: () => number;
  /** Most batches on a page of the request ledger, if not the default. */
  batchesAPage?: number;
  /**
   * How many blocks make a fold, which values a fold keeps separately, and who is told about the others, if not the
   * default.
   */
  folds?: Pick<FoldOptions, "fan" | "bounds" | "onBounded">;
};
export type StreamEvent = { records: FirehoseRecord[] };

const FOLDS_AT_ONCE = 4;

/** The transformation, on a table, for the metrics of a catalog. */
export function createStream(options: StreamOptions) {
  const { table, timezone, catalog, clock, batchesAPage, folds } = options;
  const store = createBlockStore(table, clock);
  const ledger = createRequestLedger(table, batchesAPage);
  const samples = createRejectedSamples(table);
  const pages = createPages();
  return async ({ records }: StreamEvent) => {
    const batch = readBatch(records);
    const entry = { id: batch.id, expires: expiryOf(batch, "ledger") };
    const repeats = await findRepeats(ledger, pages, entry, sentRecords(batch));
    const tallies = countBatch(batch, repeats, catalog, timezone);
    const { arrived } = batch;
    const days = tallies.map(({ sections, ...day }) => ({ ...day, block: packBlock({ arrived }, sections) }));
    const expires = blockExpiry(arrived);
    const [frontiers] = await Promise.all([
      writeBlocks(store, { batch: batch.id, expires, days }),
      keepSamples(samples, batch, options),
    ]);
    await fold(store, frontiers, { ...folds, timezone, expires, today: dayOf(arrived, timezone) }, options);
    tell(batch, tallies, options);
    return { records: answerBatch(batch, repeats) };
  };
}

/** Stores samples of a batch's rejected events. Never rejects: a sample is not worth counting the batch again. */
function keepSamples(samples: RejectedSamples, batch: Batch, { log }: Reporter): Promise<void> {
  return samples
    .put(sampleWrites(batch.records), expiryOf(batch, "samples"))
    .catch((error: unknown) => log.warn("Cannot keep samples of rejected events", { error }));
}

/**
 * Never rejects: the batch is already counted, and the next batch folds what this one could not. An alarm reports days
 * that no batch can fold, because questions about them read more and more items.
 */
async function fold(
  store: BlockStore,
  frontiers: ReadonlyMap<string, Frontier>,
  { today, ...options }: FoldOptions & { today: string },
  { metric }: Reporter,
): Promise<void> {
  const onBounded = (day: string, breakdowns: readonly string[]) => metric("ValuesBounded", { day, breakdowns });
  await forEachLimited([...frontiers], FOLDS_AT_ONCE, ([day, frontier]) =>
    foldDay(store, { day, frontier }, { ...fansOf(day, today), onBounded, ...options }).catch((error: unknown) =>
      metric("FoldFailed", { day, error }),
    ),
  );
}

/** Reports what could not be read, how many rows were counted, and how long the oldest of them had waited. */
function tell({ records }: Batch, tallies: readonly DayTally[], { clock, log, metric, measure }: StreamOptions): void {
  const unreadable = records.filter((record) => record.kind === "unreadable");
  for (const { recordId, reason } of unreadable) log.warn("Cannot read record", { recordId, reason });
  if (unreadable.length > 0) metric("UnreadableRecords", { records: unreadable.length });
  if (records.length === 0) return;
  const arrived = Math.min(...records.map((record) => record.approximateArrivalTimestamp));
  const rows = tallies.reduce((sum, day) => sum + day.rows, 0);
  measure({ RowsCounted: [rows, "Count"], CountingDelay: [Math.max(0, clock() - arrived), "Milliseconds"] });
}
