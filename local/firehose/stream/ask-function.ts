/**
 * Firehose's data transformation: the event for a batch, and what the function's answer means for each record.
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-status-model.html
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Invoke } from "../../endpoint/aws-error.ts";
import { isPartitionValue } from "../prefix.ts";

/** A record as the stream accepted it. */
export type FirehoseRecord = { recordId: string; arrival: number; data: Buffer };
export type Outcome =
  | { result: "ok"; record: FirehoseRecord; data: Buffer; keys: Record<string, string> }
  | { result: "dropped"; record: FirehoseRecord }
  | FailedOutcome;
/** `errorType` is the folder under the error prefix; the transformation's by default. */
export type FailedOutcome = {
  result: "failed";
  record: FirehoseRecord;
  code: string;
  message: string;
  attempts: number;
  errorType?: "activePartitionExceeded";
};

export type TransformOptions = {
  streamArn: string;
  functionName: string;
  numberOfRetries: number;
  /** Partition keys that the prefix needs. */
  keys: readonly string[];
  invoke: Invoke;
  /** Called around each attempt; if it throws, the attempt has failed. */
  before(): Promise<unknown> | undefined;
  after(): Promise<unknown> | undefined;
  retryDelayMs: number;
  /** Ends the attempts, between two of them: the promise rejects, and the batch remains to be done. */
  signal: AbortSignal;
};

/** Lambda's limit for a synchronous answer. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxResponseBytes = 6_291_556;

/**
 * Gives a batch to the function until it answers or the retries are used up. Returns one outcome per record, in order.
 */
export async function askFunction(records: readonly FirehoseRecord[], options: TransformOptions): Promise<Outcome[]> {
  const payload = toEvent(records, options.streamArn);
  let failure = { code: "Lambda.FunctionError", message: "" };
  for (let attempt = 0; attempt <= options.numberOfRetries; attempt++) {
    if (attempt > 0) await wait(Math.min(options.retryDelayMs * 2 ** (attempt - 1), 30_000), undefined, options);
    const answer = await attemptOnce({ ...payload, invocationId: randomUUID() }, options);
    options.signal.throwIfAborted();
    if ("answer" in answer) return judgeAnswer(records, answer.answer, options.keys, attempt + 1);
    failure = answer;
  }
  const attempts = options.numberOfRetries + 1;
  return records.map((record) => ({ result: "failed", record, ...failure, attempts }));
}

/**
 * What the function's answer says about each record. An answer of the wrong shape is final; the function is not asked
 * again.
 */
export function judgeAnswer(
  records: readonly FirehoseRecord[],
  answer: unknown,
  keys: readonly string[],
  attempts = 1,
): Outcome[] {
  const answers = groupAnswers(answer);
  if (!answers) return records.map((record) => ({ result: "failed", record, attempts, ...refusals.noRecords }));
  return records.map((record) => {
    const [one, ...more] = answers.get(record.recordId) ?? [];
    if (!one) return { result: "failed", record, attempts, ...refusals.missing };
    if (more.length > 0) return { result: "failed", record, attempts, ...refusals.duplicate };
    return judgeOne(record, one, keys, attempts);
  });
}

/**
 * One line of an object under `processing-failed` or `activePartitionExceeded`. It is spelled `lambdaARN` on the wire,
 * despite the documentation.
 */
export function failureLine(outcome: FailedOutcome, lambdaARN: string, now: number): string {
  return JSON.stringify({
    rawData: outcome.record.data.toString("base64"),
    errorCode: outcome.code,
    errorMessage: outcome.message,
    attemptsMade: outcome.attempts,
    arrivalTimestamp: outcome.record.arrival,
    attemptEndingTimestamp: now,
    lambdaARN,
  });
}

type RecordAnswer = { recordId: string; result?: unknown; data?: unknown; metadata?: unknown };

const refusals = {
  noRecords: {
    code: "Lambda.InvalidReturnFormat",
    message: "The Lambda function returned no list of records.",
  },
  missing: {
    code: "Lambda.MissingRecordId",
    message:
      "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
  },
  duplicate: {
    code: "Lambda.DuplicatedRecordId",
    message:
      "Multiple records were returned with the same record Id. Ensure that the Lambda function returns unique record Ids.",
  },
  noData: { code: "Lambda.InvalidReturnFormat", message: "The record was returned as Ok without data." },
  unknownResult: {
    code: "Lambda.InvalidReturnFormat",
    message: "The record's result is not Ok, Dropped or ProcessingFailed.",
  },
  processingFailed: { code: "Lambda.ProcessingFailedStatus", message: "ProcessingFailed status set for record" },
  noPartition: {
    code: "DynamicPartitioning.MissingPartitionKey",
    message: "The partition keys that the prefix needs are missing, empty or cannot stand in a key.",
  },
} as const;

function toEvent(records: readonly FirehoseRecord[], deliveryStreamArn: string) {
  return {
    deliveryStreamArn,
    region: deliveryStreamArn.split(":")[3] ?? "",
    records: records.map(({ recordId, arrival, data }) => ({
      recordId,
      approximateArrivalTimestamp: arrival,
      data: data.toString("base64"),
    })),
  };
}

async function attemptOnce(event: object, { invoke, functionName, before, after, signal }: TransformOptions) {
  try {
    await before();
    const { payload, functionError } = await unlessAborted(invoke(functionName, event), signal);
    if (functionError) return { code: "Lambda.FunctionError", message: describeError(payload, functionError) };
    await after();
    if (responseBytes(payload) <= maxResponseBytes) return { answer: payload };
    const message = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
    return { code: "Lambda.FunctionError", message };
  } catch (error) {
    return { code: "Lambda.InternalServerError", message: error instanceof Error ? error.message : String(error) };
  }
}

/** A stream that is stopping does not wait for a function: the batch is repeated at the next start. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function judgeOne(record: FirehoseRecord, answer: RecordAnswer, keys: readonly string[], attempts: number): Outcome {
  const fail = (refusal: { code: string; message: string }): Outcome => ({
    result: "failed",
    record,
    attempts,
    ...refusal,
  });
  if (answer.result === "Dropped") return { result: "dropped", record };
  if (answer.result === "ProcessingFailed") return fail(refusals.processingFailed);
  if (answer.result !== "Ok") return fail(refusals.unknownResult);
  if (typeof answer.data !== "string") return fail(refusals.noData);
  const partition = choosePartition(answer.metadata, keys);
  if (!partition) return fail(refusals.noPartition);
  return { result: "ok", record, data: Buffer.from(answer.data, "base64"), keys: partition };
}

function choosePartition(metadata: unknown, names: readonly string[]): Record<string, string> | undefined {
  const given = isObject(metadata) && isObject(metadata.partitionKeys) ? metadata.partitionKeys : {};
  const chosen: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (!isPartitionValue(value)) return undefined;
    chosen[name] = value;
  }
  return chosen;
}

function groupAnswers(answer: unknown): Map<string, RecordAnswer[]> | undefined {
  if (!isObject(answer) || !Array.isArray(answer.records)) return undefined;
  const groups = new Map<string, RecordAnswer[]>();
  for (const one of answer.records) {
    if (!isObject(one) || typeof one.recordId !== "string") continue;
    const group = groups.get(one.recordId);
    if (group) group.push({ ...one, recordId: one.recordId });
    else groups.set(one.recordId, [{ ...one, recordId: one.recordId }]);
  }
  return groups;
}

/** Roughly the size of the answer on the wire, almost all of which is data. */
function responseBytes(payload: unknown): number {
  if (!isObject(payload) || !Array.isArray(payload.records)) return 0;
  let bytes = 0;
  for (const one of payload.records)
    bytes += 100 + (isObject(one) && typeof one.data === "string" ? one.data.length : 0);
  return bytes;
}

function describeError(payload: unknown, functionError: string): string {
  if (!isObject(payload)) return functionError;
  return `${payload.errorType ?? functionError}: ${payload.errorMessage ?? "no message"}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
