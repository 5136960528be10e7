/** The files of a log: which there are, how far they are valid, and how they are read. */
import { type FileHandle, open, readdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { syncFile } from "../s3/objects.ts";
import { type LogRecord, nextWhole, parseRecords, recordHeaderBytes } from "./record-format.ts";

/** A file of the log, whose first record has the position `start`. */
export type Segment = { start: number; path: string };

/** What reading and writing a log have in common; `end` is the position of its next record. */
export type LogFiles = { folder: string; segmentBytes: number; segments: Segment[]; end: number };

const maxRecordBytes = 64 << 20;
export const readChunkBytes = 1 << 20;

/** The segments in a folder, in order. */
export async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.log$/.test(name)).sort();
  return names.map((name) => ({ start: Number(name.slice(0, 16)), path: join(folder, name) }));
}

/** The segment that starts at a position of the log. */
export function segmentAt(folder: string, start: number): Segment {
  return { start, path: join(folder, `${String(start).padStart(16, "0")}.log`) };
}

/** A part of a segment without a valid record: `size` bytes of the log, of which the file still has `bytes`. */
export type DamagedPart = { segment: Segment; offset: number; size: number; bytes: Buffer };

/** Where the log ends: after the last valid record. Cuts off what comes after it. */
export async function findEnd(
  segments: readonly Segment[],
  onTail: (part: DamagedPart) => Promise<void>,
): Promise<number> {
  const last = segments.at(-1);
  if (!last) return 0;
  const handle = await open(last.path, "r");
  try {
    const { size } = await handle.stat();
    let length = await wholeLength(handle, last.start, 0);
    while (length < size) {
      const rest = await readAt(handle, length, size - length);
      const skipped = nextWhole(rest, last.start + length);
      if (skipped !== undefined) {
        length = await wholeLength(handle, last.start, length + skipped);
        continue;
      }
      await onTail({ segment: last, offset: length, size: rest.length, bytes: rest });
      await truncate(last.path, length);
      await syncFile(last.path);
      break;
    }
    return last.start + length;
  } finally {
    await handle.close();
  }
}

/** A range within one segment: where the segment ends, where reading stops, and roughly how many bytes are wanted. */
type Stretch = { segment: Segment; from: number; segmentEnd: number; stop: number; size: number };

/** The valid records of a range; if it does not start with one, the damaged part. */
export async function readStretch(stretch: Stretch): Promise<LogRecord[] | DamagedPart> {
  const { segment, from, segmentEnd, stop, size } = stretch;
  const offset = from - segment.start;
  const handle = await open(segment.path, "r");
  try {
    let chunk = await readAt(handle, offset, Math.min(stop - from, Math.max(Math.floor(size), 0) + 4096));
    const first = recordHeaderBytes + (chunk.length < recordHeaderBytes ? 0 : chunk.readUInt32LE(0));
    if (first > chunk.length) chunk = await readAt(handle, offset, Math.min(stop - from, first));
    const records = parseRecords(chunk, from);
    if (records.length > 0) return records;
    const rest = await readAt(handle, offset, segmentEnd - from);
    const skipped = nextWhole(rest, from) ?? segmentEnd - from;
    return { segment, offset, size: skipped, bytes: rest.subarray(0, skipped) };
  } finally {
    await handle.close();
  }
}

/** How far a segment consists of valid records, from an offset on. */
async function wholeLength(handle: FileHandle, start: number, from: number): Promise<number> {
  const { size } = await handle.stat();
  let length = from;
  for (let wanted = readChunkBytes; ; ) {
    const chunk = await readAt(handle, length, Math.min(size - length, wanted));
    const last = parseRecords(chunk, start + length).at(-1);
    if (last) length = last.position - start + recordHeaderBytes + last.payload.length;
    else if (wanted >= size - length || wanted > maxRecordBytes) return length;
    wanted = last ? readChunkBytes : wanted * 8;
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
