/**
 * Puts records on a delivery stream so that all of them are there when this returns. Firehose may take some of a call's
 * records and refuse others with status 200; only the refused ones are sent again.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 */
import { setTimeout as wait } from "node:timers/promises";
import { type FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { UnavailableError } from "../errors.ts";

const MAX_CALL_RECORDS = 500;
// The limit is 4 MiB for the whole call; the rest leaves room for what surrounds the records.
const MAX_CALL_BYTES = 3_900_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

export type Put = {
  stream: string;
  records: readonly Uint8Array[];
  /** No call is started after this time; a call under way may take as long as the client allows. */
  budgetMs: number;
};

/**
 * Puts all records, or throws an UnavailableError when some could not be put in time. The others are then there
 * already, and come twice when the caller tries again.
 */
export async function putRecords(client: FirehoseClient, { stream, records, budgetMs }: Put): Promise<void> {
  const deadline = performance.now() + budgetMs;
  for (const call of splitCalls(records)) await putCall(client, stream, call, deadline);
}

async function putCall(client: FirehoseClient, stream: string, records: Uint8Array[], deadline: number): Promise<void> {
  let left = records;
  for (let attempt = 0; ; attempt++) {
    const { failed, code } = await send(client, stream, left);
    if (failed.length === 0) return;
    left = failed;
    const pause = Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    if (performance.now() + pause >= deadline)
      throw new UnavailableError(`Cannot put ${left.length} records on ${stream}: ${code}, and the time is up`);
    await wait(pause);
  }
}

/** Makes one call. Returns the records that were not put, and the reason for the first of them. */
async function send(client: FirehoseClient, stream: string, records: Uint8Array[]) {
  const input = { DeliveryStreamName: stream, Records: records.map((Data) => ({ Data })) };
  try {
    const output = await client.send(new PutRecordBatchCommand(input));
    if (output.FailedPutCount === 0) return { failed: [], code: "" };
    const entries = output.RequestResponses ?? [];
    const failed = records.filter((_, i) => entries[i]?.RecordId === undefined);
    return { failed, code: entries.find((entry) => entry.ErrorCode)?.ErrorCode ?? "no reason given" };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : String(cause);
    throw new UnavailableError(`Cannot put ${records.length} records on ${stream}: ${reason}`, { cause });
  }
}

function splitCalls(records: readonly Uint8Array[]): Uint8Array[][] {
  const calls: Uint8Array[][] = [];
  let bytes = 0;
  for (const record of records) {
    const open = calls.at(-1);
    bytes += record.length;
    if (open === undefined || open.length >= MAX_CALL_RECORDS || bytes > MAX_CALL_BYTES) {
      calls.push([record]);
      bytes = record.length;
    } else open.push(record);
  }
  return calls;
}
