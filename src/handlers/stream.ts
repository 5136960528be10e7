/**
 * The Firehose transformation: counts the events of a batch as they pass and hands them on to the lake. Any failure fails the
 * whole invocation; Firehose then sends the same batch again, and what was already written counts once.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import middy from "@middy/core";
import { createCounters } from "../aws/counters.ts";
import { createDayLedger } from "../aws/day-ledger.ts";
import { createDynamoDbClient } from "../aws/dynamodb-client.ts";
import { createRejectedSamples } from "../aws/rejected-samples.ts";
import { createRequestLedger } from "../aws/request-ledger.ts";
import { streamConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { log, measure, metric } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";
import type { Metric } from "../metrics/define-metric.ts";
import { dayWrites, minuteWrites } from "../pipeline/counter-keys.ts";
import { createPages } from "../pipeline/ledger-pages.ts";
import type { FirehoseRecord } from "../pipeline/read-record.ts";
import { sampleWrites } from "../pipeline/rejected-samples.ts";
import { packClaims, readOn } from "../pipeline/repeats.ts";
import {
  answerBatch,
  type Batch,
  claimsByPage,
  countBatch,
  expiryOf,
  findRepeats,
  readBatch,
  type Tally,
} from "../pipeline/stream.ts";

type Options = {
  client: DynamoDBClient;
  table: string;
  timezone: string;
  counterShards: number;
  catalog: readonly Metric[];
};
type Event = { records: FirehoseRecord[] };

/** The handler over a table, for the metrics of a catalog. */
export function createStream({ client, table, timezone, counterShards: shards, catalog }: Options) {
  const counters = createCounters({ client, table });
  const days = createDayLedger({ client, table });
  const enter = createEnter({ client, table });
  const keepSamples = createKeepSamples({ client, table });
  return async ({ records }: Event) => {
    const batch = readBatch(records);
    const repeats = findRepeats(batch, await enter(batch));
    const tally = countBatch(batch, repeats, catalog, timezone);
    const { id, slot } = batch;
    await Promise.all([
      counters.apply(dayWrites(tally.days, { batch: id, shards }), { id, slot, expires: expiryOf(batch, "counters") }),
      counters.apply(minuteWrites(tally.minutes, { batch: id, shards }), {
        id,
        slot,
        expires: expiryOf(batch, "live"),
      }),
      keepSamples(batch),
    ]);
    await days.markSeen({ days: tally.seen, batch: id, slot, now: Date.now() });
    tell(batch, tally);
    return { records: answerBatch(batch, repeats) };
  };
}

/** Says what could not be read, how many rows were counted, and how long the oldest of them had waited for it. */
function tell({ records }: Batch, { seen }: Tally): void {
  const unreadable = records.filter((record) => record.kind === "unreadable");
  for (const { recordId, reason } of unreadable) log.warn("Cannot read record", { recordId, reason });
  if (unreadable.length > 0) metric("UnreadableRecords", { records: unreadable.length });
  if (records.length === 0) return;
  const arrived = Math.min(...records.map((record) => record.approximateArrivalTimestamp));
  const rows = [...seen.values()].reduce((sum, n) => sum + n, 0);
  measure({ RowsCounted: [rows, "Count"], CountingDelay: [Math.max(0, Date.now() - arrived), "Milliseconds"] });
}

/** Enters a batch on the ledger pages of its requests, and answers what each page knows of them. */
function createEnter(store: { client: DynamoDBClient; table: string }) {
  const ledger = createRequestLedger(store);
  const pages = createPages();
  return async (batch: Batch) => {
    const entered = [...claimsByPage(batch)].map(async ([name, claims]) => {
      const entry = { page: name, batch: batch.id, claims: packClaims(claims), expires: expiryOf(batch, "ledger") };
      const page = pages(name);
      const from = page.batches;
      const { place, claims: others } = await ledger.enter(entry, from);
      readOn(page, from, others);
      return [name, { place, page }] as const;
    });
    return new Map(await Promise.all(entered));
  };
}

/** Keeps samples of what was rejected in a batch. Never rejects: a sample is not worth counting the batch again. */
function createKeepSamples(store: { client: DynamoDBClient; table: string }) {
  const samples = createRejectedSamples(store);
  return (batch: Batch) =>
    samples
      .put(sampleWrites(batch.records), expiryOf(batch, "samples"))
      .catch((error: unknown) => log.warn("Cannot keep samples of rejected events", { error }));
}

export const handler = withInvocation(
  middy<Event>().handler(createStream({ ...streamConfig(), client: createDynamoDbClient(), catalog })),
);
