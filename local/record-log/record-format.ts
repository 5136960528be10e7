/**
 * The format of records in the log: `length u32 | checksum u32 | payload`; the checksum covers length, position and
 * payload.
 */
import { crc32 } from "node:zlib";

/** A record of the log; its position is its byte offset in the whole log. */
export type LogRecord = { position: number; payload: Buffer };

export const recordHeaderBytes = 8;

/** The complete, undamaged records at the start of `chunk`. */
export function parseRecords(chunk: Buffer, start: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; ; ) {
    const record = recordAt(chunk, at, start);
    if (!record) return records;
    records.push(record);
    at += recordHeaderBytes + record.payload.length;
  }
}

/** The record at an offset of `chunk`, which is at `start` in the log, if it is complete. */
function recordAt(chunk: Buffer, at: number, start: number): LogRecord | undefined {
  if (at + recordHeaderBytes > chunk.length) return undefined;
  const stop = at + recordHeaderBytes + chunk.readUInt32LE(at);
  if (stop > chunk.length) return undefined;
  const payload = chunk.subarray(at + recordHeaderBytes, stop);
  return chunk.readUInt32LE(at + 4) === checksum(payload, start + at) ? { position: start + at, payload } : undefined;
}

/** After how many bytes, at least 1, the next valid record begins. The checksum includes its position. */
export function nextWhole(bytes: Buffer, start: number): number | undefined {
  for (let at = 1; at + recordHeaderBytes <= bytes.length; at++) if (recordAt(bytes, at, start)) return at;
  return undefined;
}

/** The bytes of groups of records, the first of which will be at `start`, and the positions that they get. */
export function frameRecords(groups: readonly (readonly Uint8Array[])[], start: number) {
  const frame = Buffer.allocUnsafe(groups.reduce((sum, payloads) => sum + framedSize(payloads), 0));
  let at = 0;
  const positions = groups.map((payloads) =>
    payloads.map((payload) => {
      const position = start + at;
      frame.writeUInt32LE(payload.length, at);
      frame.writeUInt32LE(checksum(payload, position), at + 4);
      frame.set(payload, at + recordHeaderBytes);
      at += recordHeaderBytes + payload.length;
      return position;
    }),
  );
  return { frame, positions };
}

/** How many bytes of the log these records take. */
export function framedSize(payloads: readonly Uint8Array[]): number {
  return payloads.reduce((sum, payload) => sum + recordHeaderBytes + payload.length, 0);
}

/** Never 0 for an empty payload, so that a run of zeros, which a crash may leave behind, is not a record. */
function checksum(payload: Uint8Array, position: number): number {
  return crc32(payload, (Math.imul(payload.length + 1, 0x9e3779b1) ^ Math.imul(position % 2 ** 32, 0x85ebca6b)) >>> 0);
}
