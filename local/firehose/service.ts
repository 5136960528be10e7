/**
 * Kinesis Data Firehose on one machine: direct puts to S3 with transformation, dynamic partitioning and conversion to
 * Parquet. Its promise: what is acknowledged is on disk and will be in the lake, once, or under the error prefix.
 * stream/ contains the steps of a record; this file handles the wire.
 */

import type { Database } from "../duckdb/database.ts";
import { columnRule } from "../duckdb/parquet.ts";
import { AwsError, type AwsService, type Invoke } from "../endpoint/aws-error.ts";
import type { Faults, PartialFailure } from "../faults.ts";
import { createTroubles, type Troubles } from "../troubles.ts";
import { describeStream, listStreams, type StreamDescription } from "./description.ts";
import { createThrottle } from "./limits.ts";
import { evaluatePrefix } from "./prefix.ts";
import { readRecord, readRecords } from "./records.ts";
import type { Tuning } from "./stream/context.ts";
import { ACTIVE_PARTITIONS } from "./stream/partitions.ts";
import { openStream, type Stream, type StreamStatus } from "./stream/stream.ts";

export type { StreamDescription } from "./description.ts";

export type FirehoseOptions = {
  home: string;
  streams: readonly StreamDescription[];
  invoke: Invoke;
  database: Database;
  faults: Faults;
  /** Called with messages for the machine's owner. */
  warn?: (message: string) => void;
  troubles?: Troubles;
  tuning?: Partial<Tuning>;
};
export type Firehose = {
  service: AwsService;
  /** Brings everything accepted so far into the lake. Rejects if that takes longer than `timeoutMs`. */
  flush(options?: { timeoutMs?: number }): Promise<void>;
  status(): Record<string, StreamStatus>;
} & AsyncDisposable;

const defaultTuning: Tuning = {
  invocations: 2,
  maxBacklogBytes: 256 << 20,
  maxSpoolBytes: 256 << 20,
  maxDelayMs: 30_000,
  maxWaitingBytes: 32 << 20,
  lingerMs: 2,
  retryDelayMs: 200,
  activePartitions: ACTIVE_PARTITIONS,
};

/** Opens every stream and resumes what an earlier process left. Disposing stops, but does not flush. */
export async function startFirehose(options: FirehoseOptions): Promise<Firehose> {
  for (const stream of options.streams) checkDescription(stream);
  const tuning = { ...defaultTuning, ...options.tuning };
  const warn = options.warn ?? (() => {});
  const troubles = options.troubles ?? createTroubles(warn);
  const exclusive = createMutex();
  const createdAt = Date.now();
  await using opened = new AsyncDisposableStack();
  const streams = new Map<string, OpenStream>();
  for (const description of options.streams) {
    const stream = opened.use(await openStream({ ...options, stream: description, exclusive, warn, troubles, tuning }));
    streams.set(description.name, { description, stream, throttle: createThrottle(description.limits) });
  }
  const operations: AwsService["operations"] = {
    PutRecord: (input) => putRecord(find(input), input, options.faults),
    PutRecordBatch: (input) => putRecordBatch(find(input), input, options.faults),
    DescribeDeliveryStream: async (input) => describeStream(find(input).description, createdAt),
    ListDeliveryStreams: async (input) => listStreams([...streams.keys()], input),
  };
  const close = opened.move();
  return {
    service: { target: "Firehose_20150804", operations },
    async flush({ timeoutMs = 60_000 } = {}) {
      await Promise.all([...streams.values()].map(({ stream }) => stream.flush(timeoutMs)));
    },
    status: () => Object.fromEntries([...streams].map(([name, { stream }]) => [name, stream.status()])),
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  };

  function find(input: { DeliveryStreamName?: unknown }): OpenStream {
    const name = input.DeliveryStreamName;
    if (typeof name !== "string" || !/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) throw invalidName(name);
    const stream = streams.get(name);
    if (stream) return stream;
    const account = options.streams[0]?.arn.split(":")[4] ?? "";
    throw new AwsError("ResourceNotFoundException", `Firehose ${name} under account ${account} not found.`);
  }
}

type OpenStream = { description: StreamDescription; stream: Stream; throttle: ReturnType<typeof createThrottle> };
type Entry = { RecordId: string } | { ErrorCode: string; ErrorMessage: string };

async function putRecord(target: OpenStream, input: { Record?: unknown }, faults: Faults): Promise<object> {
  const stored = readRecord(input.Record, Date.now());
  const [entry] = await putAll(target, [stored], faults);
  if (entry && "RecordId" in entry) return { RecordId: entry.RecordId, Encrypted: false };
  throw new AwsError(entry?.ErrorCode ?? "InternalFailure", entry?.ErrorMessage ?? "", { status: 503 });
}

async function putRecordBatch(target: OpenStream, input: { Records?: unknown }, faults: Faults): Promise<object> {
  const stored = readRecords(input.Records, Date.now());
  const entries = await putAll(target, stored, faults);
  const failed = entries.reduce((count, entry) => count + ("ErrorCode" in entry ? 1 : 0), 0);
  return { FailedPutCount: failed, Encrypted: false, RequestResponses: entries };
}

/** Stores the records that neither throttling nor an injected fault refuses; returns an entry for each, in order. */
async function putAll(
  { description, stream, throttle }: OpenStream,
  stored: readonly Buffer[],
  faults: Faults,
): Promise<Entry[]> {
  const context = { stream: description.name, count: stored.length };
  const injected = faults.check("firehose.put", context);
  const partial = injected && (await injected);
  const refused = partial ? refuseIndexes(stored, partial) : [];
  throttleEntries(stored, throttle, refused);
  const accepted = refused.length === 0 ? stored : stored.filter((_, index) => !refused[index]);
  const ids = accepted.length === 0 ? [] : await stream.put(accepted);
  const lost = faults.check("firehose.put.after", context);
  if (lost) await lost;
  let next = 0;
  return stored.map((_, index) => refused[index] ?? { RecordId: ids[next++] ?? "" });
}

function refuseIndexes(stored: readonly Buffer[], { indexes, code }: PartialFailure): (Entry | undefined)[] {
  return stored.map((_, index) =>
    indexes.has(index) ? { ErrorCode: code, ErrorMessage: "Injected fault" } : undefined,
  );
}

/** Throws if nothing fits, as Firehose does; otherwise, entries that do not fit are refused one by one. */
function throttleEntries(
  stored: readonly Buffer[],
  throttle: OpenStream["throttle"],
  refused: (Entry | undefined)[],
): void {
  if (!throttle) return;
  const taken = throttle.take(
    stored.map(({ length }) => length),
    performance.now(),
  );
  const code = "ServiceUnavailableException";
  if (taken === 0) throw new AwsError(code, "Slow down.", { status: 503 });
  for (let index = taken; index < stored.length; index++)
    refused[index] ??= { ErrorCode: code, ErrorMessage: "Slow down." };
}

/** Detects at the start what would otherwise fail only when the first object is written. */
function checkDescription(stream: StreamDescription): void {
  const values = { at: 0, timeZone: stream.timeZone, random: "x", errorType: "x" };
  try {
    for (const { type } of stream.columns) columnRule(type);
    evaluatePrefix(stream.prefix, { ...values, keys: anyKeys(stream.dynamicPartitioning) });
    evaluatePrefix(stream.errorPrefix, values);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot start the delivery stream ${stream.name}: ${reason}`, { cause });
  }
}

function anyKeys(dynamic: boolean): Record<string, string> {
  return dynamic ? new Proxy({}, { get: () => "x" }) : {};
}

function createMutex() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

function invalidName(name: unknown): AwsError {
  const what =
    name === undefined || name === null
      ? "Member must not be null"
      : "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+";
  const text = `1 validation error detected: Value at 'deliveryStreamName' failed to satisfy constraint: ${what}`;
  return new AwsError("ValidationException", text);
}
