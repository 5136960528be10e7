/**
 * The Firehose transformation: counts the events of a batch as they pass and hands them on to the lake. Any failure fails the
 * whole invocation; Firehose then sends the same batch again, and what was already written counts once.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import { createBlockStore } from "../aws/dynamodb/block-store.ts";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createRejectedSamples } from "../aws/dynamodb/rejected-samples.ts";
import { createRequestLedger } from "../aws/dynamodb/request-ledger.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { forEachLimited } from "../aws/for-each-limited.ts";
import { streamConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { log, measure, metric } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";
import type { Metric } from "../metrics/define-metric.ts";
import { dayOf } from "../metrics/time-bucket.ts";
import { remember } from "../remember.ts";
import { findRepeats } from "../stream/find-repeats.ts";
import { type FoldOptions, foldDay } from "../stream/fold-blocks.ts";
import type { FirehoseRecord } from "../stream/read-record.ts";
import { createPages } from "../stream/remember-pages.ts";
import { sampleWrites } from "../stream/sample-writes.ts";
import { sentRecords } from "../stream/sent-records.ts";
import { answerBatch, type Batch, countBatch, type DayTally, expiryOf, readBatch } from "../stream/stream.ts";
import { writeBlocks } from "../stream/write-blocks.ts";
import type { BlockStore } from "../table/block-store.ts";
import { expiryOf as blockExpiry, type Frontier, fansOf } from "../table/frontier.ts";
import { packBlock } from "../table/packed-block.ts";
import { zoneProblem } from "../table/time-zone.ts";

export type StreamOptions = {
  client: DynamoDBClient;
  table: string;
  timezone: string;
  catalog: readonly Metric[];
  /** Most batches on a page of the request ledger, where it is not the usual number. */
  batchesAPage?: number;
  /** How many blocks make a fold, what it keeps apart, and who is told of the rest, where that is not the usual. */
  folds?: Pick<FoldOptions, "fan" | "bounds" | "onBounded">;
};
type Event = { records: FirehoseRecord[] };

const FOLDS_AT_ONCE = 4;

/** The handler over a table, for the metrics of a catalog. */
export function createStream({ client, table, timezone, catalog, batchesAPage, folds }: StreamOptions) {
  const store = createBlockStore({ client, table }, Date.now);
  const ledger = createRequestLedger({ client, table }, batchesAPage);
  const pages = createPages();
  const keepSamples = createKeepSamples({ client, table });
  return async ({ records }: Event) => {
    const batch = readBatch(records);
    const entry = { id: batch.id, expires: expiryOf(batch, "ledger") };
    const repeats = await findRepeats(ledger, pages, entry, sentRecords(batch));
    const tallies = countBatch(batch, repeats, catalog, timezone);
    const { arrived } = batch;
    const days = tallies.map(({ day, rows, sections }) => ({ day, rows, block: packBlock({ arrived }, sections) }));
    const expires = blockExpiry(arrived);
    const [frontiers] = await Promise.all([writeBlocks(store, { batch: batch.id, expires, days }), keepSamples(batch)]);
    await fold(store, frontiers, { ...folds, timezone, expires, today: dayOf(arrived, timezone) });
    tell(batch, tallies);
    return { records: answerBatch(batch, repeats) };
  };
}

/** Says what could not be read, how many rows were counted, and how long the oldest of them had waited for it. */
function tell({ records }: Batch, tallies: readonly DayTally[]): void {
  const unreadable = records.filter((record) => record.kind === "unreadable");
  for (const { recordId, reason } of unreadable) log.warn("Cannot read record", { recordId, reason });
  if (unreadable.length > 0) metric("UnreadableRecords", { records: unreadable.length });
  if (records.length === 0) return;
  const arrived = Math.min(...records.map((record) => record.approximateArrivalTimestamp));
  const rows = tallies.reduce((sum, day) => sum + day.rows, 0);
  measure({ RowsCounted: [rows, "Count"], CountingDelay: [Math.max(0, Date.now() - arrived), "Milliseconds"] });
}

/**
 * Never rejects: the batch is counted, and what is left to fold the next one will. An alarm waits for days that nobody can fold, as
 * questions about them read more and more.
 */
async function fold(
  store: BlockStore,
  frontiers: ReadonlyMap<string, Frontier>,
  { today, ...options }: FoldOptions & { today: string },
): Promise<void> {
  await forEachLimited([...frontiers], FOLDS_AT_ONCE, ([day, frontier]) =>
    foldDay(store, { day, frontier }, { ...fansOf(day, today), onBounded, ...options }).catch((error: unknown) =>
      metric("FoldFailed", { day, error }),
    ),
  );
}

function onBounded(day: string, breakdowns: readonly string[]): void {
  metric("ValuesBounded", { day, breakdowns });
}

/** Keeps samples of what was rejected in a batch. Never rejects: a sample is not worth counting the batch again. */
function createKeepSamples(store: { client: DynamoDBClient; table: string }) {
  const samples = createRejectedSamples(store);
  return (batch: Batch) =>
    samples
      .put(sampleWrites(batch.records), expiryOf(batch, "samples"))
      .catch((error: unknown) => log.warn("Cannot keep samples of rejected events", { error }));
}

const config = streamConfig();
const client = createDynamoDbClient();
const tableZone = createTableZone({ ...config, client, clock: () => Date.now() });
const streamOf = remember(1, (timezone) => createStream({ ...config, timezone, client, catalog }));

/** What comes was acknowledged, by a collect that was in the table's zone: it counts in that zone, whatever ours is by now. */
async function count(event: Event) {
  const timezone = await tableZone.claim();
  const problem = zoneProblem(config.timezone, timezone);
  if (problem !== undefined) log.error("Counting in the table's time zone", { problem });
  return streamOf(timezone)(event);
}

export const handler = withInvocation(middy<Event>().handler(count));
