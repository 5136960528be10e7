/**
 * Records on the wire and in the log of a delivery stream: what PutRecord and PutRecordBatch may send, what is stored,
 * and the ids that Firehose returns. An id is derived from the record's position in the log, so it is the same on every
 * retry.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 */
import { AwsError } from "../endpoint/aws-error.ts";
import type { LogRecord } from "../record-log/record-format.ts";
import type { FirehoseRecord } from "./stream/ask-function.ts";

export const maxRecordsPerCall = 500;
export const maxBytesPerCall = 4 << 20;
export const maxRecordBytes = 1_024_000;
const arrivalBytes = 8;

/** The record of a PutRecord as it will be stored; throws Firehose's error if it is not a record. */
export function readRecord(record: unknown, arrival: number): Buffer {
  return storedRecord(record, arrival, "record");
}

/** The records of a PutRecordBatch as they will be stored. */
export function readRecords(records: unknown, arrival: number): Buffer[] {
  if (!Array.isArray(records))
    throw invalid(`Value at 'records' failed to satisfy constraint: Member must not be null`);
  if (records.length === 0) throw invalidLength("records", "greater than or equal to 1");
  if (records.length > maxRecordsPerCall) throw invalidLength("records", `less than or equal to ${maxRecordsPerCall}`);
  const stored = records.map((record, index) => storedRecord(record, arrival, `records.${index + 1}.member`));
  const bytes = stored.reduce((sum, { length }) => sum + length - arrivalBytes, 0);
  if (bytes > maxBytesPerCall) throw new AwsError("InvalidArgumentException", "Records size exceeds 4 MB limit");
  return stored;
}

/** A stored record as the transformation gets it. */
export function fromLog({ position, payload }: LogRecord): FirehoseRecord {
  return { recordId: recordIdAt(position), arrival: payload.readDoubleLE(0), data: payload.subarray(arrivalBytes) };
}

export function recordIdAt(position: number): string {
  return `shardId-00000000000049${String(position).padStart(30, "0")}`;
}

function storedRecord(record: unknown, arrival: number, at: string): Buffer {
  const data = typeof record === "object" && record !== null && "Data" in record ? record.Data : undefined;
  if (typeof data !== "string")
    throw invalid(`Value at '${at}.data' failed to satisfy constraint: Member must not be null`);
  const length = Buffer.byteLength(data, "base64");
  if (length > maxRecordBytes) throw invalidLength(`${at}.data`, `less than or equal to ${maxRecordBytes}`);
  // Decoded directly into what is stored, so that the bytes are copied only once.
  const stored = Buffer.allocUnsafe(arrivalBytes + length);
  stored.writeDoubleLE(arrival, 0);
  if (stored.write(data, arrivalBytes, "base64") !== length)
    throw new AwsError("SerializationException", "Invalid base64");
  return stored;
}

function invalidLength(member: string, bound: string): AwsError {
  return invalid(`Value at '${member}' failed to satisfy constraint: Member must have length ${bound}`);
}

function invalid(constraint: string): AwsError {
  return new AwsError("ValidationException", `1 validation error detected: ${constraint}`);
}
