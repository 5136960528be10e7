/**
 * An append-only log of records on disk, in segments: what Firehose's promise stands on. `append` resolves when the
 * records are on disk; everything that waits is written together (group commit), one synchronous write at a time. A record's
 * position is its byte offset in the whole log; positions only grow, also over restarts and deleted segments.
 *
 * A record is `length u32 | checksum u32 | payload`; the checksum covers length, position and payload. What a crash left
 * half written at the end fails it and is cut off on opening. A failed write (a full disk) is cut off at once. Damage before
 * the end is skipped up to the next whole record. Either is told, and its bytes are set aside (record-damage.ts).
 */
import { constants, fstatSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { makeFolder, syncFile } from "../s3/objects.ts";
import { type Damage, setAside } from "./record-damage.ts";

export type LogRecord = { position: number; payload: Buffer };
export type RecordLog = {
  /** Position of the oldest record that is kept, and where the next durable record will stand. */
  readonly start: number;
  readonly end: number;
  /** Bytes that wait to be written: what memory holds. */
  readonly waitingBytes: number;
  /** Adds records, in one write. Resolves with their positions when all are on disk, rejects when not. */
  append(payloads: readonly Uint8Array[]): Promise<number[]>;
  /** Records from a position on, until `limits` or the end of the log; `next` is the position after the last one. */
  read(from: number, limits: ReadLimits): Promise<{ records: LogRecord[]; next: number }>;
  /** Lets go of everything before a position. Whole segments are deleted, so some of it may still be read. */
  truncateBefore(position: number): Promise<void>;
} & AsyncDisposable;
/** At least one record is read however small `bytes` is; `bytes` counts payloads. `to` ends the range (exclusive). */
export type ReadLimits = { bytes?: number; count?: number; to?: number };
export type RecordLogOptions = {
  folder: string;
  /** A segment that has reached this size gets no more records. */
  segmentBytes?: number;
  /** How long a write waits for company: each synchronous write costs about the same, however much it carries. */
  lingerMs?: number;
  /** Told once of each damaged place, when it is come upon. */
  onDamage?: (damage: Damage) => void;
};

type Segment = { start: number; path: string };
type Waiting = { payloads: readonly Uint8Array[]; resolve(positions: number[]): void; reject(error: unknown): void };

export const recordHeaderBytes = 8;
const maxRecordBytes = 64 << 20;
const readChunkBytes = 1 << 20;
// O_DSYNC makes one system call of write and fdatasync: half the trips through the thread pool.
const writeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_DSYNC;

/** Opens (or makes) the log in `folder`. Whatever of it is whole can be read. */
export async function openRecordLog(options: RecordLogOptions): Promise<RecordLog> {
  const { folder, segmentBytes = 32 << 20, lingerMs = 0 } = options;
  await mkdir(folder, { recursive: true });
  await makeFolder(folder);
  const segments = await listSegments(folder);
  const told = new Set<number>();
  const tell = async (place: Place, isTail: boolean): Promise<void> => {
    if (told.has(place.segment.start + place.offset)) return;
    told.add(place.segment.start + place.offset);
    const { segment, offset, size, bytes } = place;
    const keptIn = await setAside(folder, segment.start + offset, bytes);
    options.onDamage?.({ file: segment.path, offset, size, isTail, ...(keptIn !== undefined && { keptIn }) });
  };
  let end = await findEnd(segments, (place) => tell(place, true));
  let file: FileHandle | undefined;
  /** A failed write may have left bytes behind `end`; they must go before the next one. */
  let dirty = false;
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let committing: Promise<void> | undefined;
  let closed = false;

  return {
    get start() {
      return segments[0]?.start ?? end;
    },
    get end() {
      return end;
    },
    get waitingBytes() {
      return waitingBytes;
    },
    append(payloads) {
      if (closed) return Promise.reject(new Error(`Cannot append to ${folder}: the log is closed`));
      return new Promise((resolve, reject) => {
        waiting.push({ payloads, resolve, reject });
        waitingBytes += framedSize(payloads);
        committing ??= commitAll();
      });
    },
    read,
    async truncateBefore(position) {
      while (segments.length > 1 && (segments[1]?.start ?? end) <= position) {
        const oldest = segments.shift();
        if (oldest) await unlink(oldest.path);
      }
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await committing;
      await file?.close();
    },
  };

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      if (lingerMs > 0) await wait(lingerMs);
      const group = waiting;
      const bytes = waitingBytes;
      waiting = [];
      try {
        const { frame, positions } = frameGroup(group, end, bytes);
        await writeDurably(frame);
        end += frame.length;
        for (const [index, one] of group.entries()) one.resolve(positions[index] ?? []);
      } catch (cause) {
        // Opened again for the next try: what failed may have been the handle.
        await file?.close().catch(() => {});
        file = undefined;
        const error = new Error(`Cannot write to the log ${folder}: ${reason(cause)}`, { cause });
        for (const one of group) one.reject(error);
      }
      waitingBytes -= bytes;
    }
    committing = undefined;
  }

  async function writeDurably(frame: Buffer): Promise<void> {
    const { handle, segment } = await writableSegment();
    const offset = end - segment.start;
    if (dirty) await handle.truncate(offset);
    dirty = true;
    for (let written = 0; written < frame.length; ) {
      // A disk that fills up writes less than asked before it says ENOSPC.
      const { bytesWritten } = await handle.write(frame, written, frame.length - written, offset + written);
      written += bytesWritten;
    }
    dirty = false;
    // A file that was removed meanwhile takes writes, and they are gone with it.
    if (fstatSync(handle.fd).nlink === 0) throw new Error(`${segment.path} has been removed`);
  }

  async function writableSegment(): Promise<{ handle: FileHandle; segment: Segment }> {
    const last = segments.at(-1);
    if (last && end - last.start < segmentBytes) {
      file ??= await open(last.path, writeFlags);
      return { handle: file, segment: last };
    }
    const segment = { start: end, path: join(folder, `${String(end).padStart(16, "0")}.log`) };
    const handle = await open(segment.path, writeFlags);
    await syncFile(folder);
    await file?.close();
    file = handle;
    segments.push(segment);
    return { handle, segment };
  }

  async function read(from: number, limits: ReadLimits): Promise<{ records: LogRecord[]; next: number }> {
    const { bytes = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = limits;
    const to = Math.min(limits.to ?? end, end);
    const records: LogRecord[] = [];
    let next = from;
    let taken = 0;
    while (next < to) {
      const chunk = await readChunk(next, to, Math.min(bytes - taken, readChunkBytes));
      // Damage: the records go on behind it.
      if (!Array.isArray(chunk)) next = Math.min(chunk.goOnAt, to);
      else
        for (const record of chunk) {
          const over = taken + record.payload.length > bytes || records.length >= count;
          if (over && records.length > 0) return { records, next };
          records.push(record);
          taken += record.payload.length;
          next = record.position + recordHeaderBytes + record.payload.length;
        }
    }
    return { records, next };
  }

  /** The whole records of about `size` bytes from a position on, out of one segment; where there is none, the position of the next. */
  async function readChunk(from: number, to: number, size: number): Promise<LogRecord[] | { goOnAt: number }> {
    const index = segments.findLastIndex((segment) => segment.start <= from);
    const segment = segments[index];
    if (!segment) throw new Error(`Cannot read ${folder} at ${from}: the log starts at ${segments[0]?.start ?? end}`);
    const segmentEnd = segments[index + 1]?.start ?? end;
    const stop = Math.min(to, segmentEnd);
    const handle = await open(segment.path, "r");
    try {
      let chunk = await readAt(
        handle,
        from - segment.start,
        Math.min(stop - from, Math.max(Math.floor(size), 0) + 4096),
      );
      const first = recordHeaderBytes + (chunk.length < recordHeaderBytes ? 0 : chunk.readUInt32LE(0));
      if (first > chunk.length) chunk = await readAt(handle, from - segment.start, Math.min(stop - from, first));
      const records = parseRecords(chunk, from);
      if (records.length > 0) return records;
      const rest = await readAt(handle, from - segment.start, segmentEnd - from);
      const skipped = nextWhole(rest, from) ?? segmentEnd - from;
      const bytes = rest.subarray(0, skipped);
      await tell({ segment, offset: from - segment.start, size: skipped, bytes }, false);
      return { goOnAt: from + skipped };
    } finally {
      await handle.close();
    }
  }
}

async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.log$/.test(name)).sort();
  return names.map((name) => ({ start: Number(name.slice(0, 16)), path: join(folder, name) }));
}

/** A place in a segment that holds no whole record: `size` bytes of the log, of which the file still has `bytes`. */
type Place = { segment: Segment; offset: number; size: number; bytes: Buffer };

/** Where the log ends: after the last record that is whole. Cuts off what stands behind it. */
async function findEnd(segments: Segment[], onTail: (place: Place) => Promise<void>): Promise<number> {
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

/** How far the records of a segment are whole, one after the other, from an offset on. */
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

/** After how many bytes the next whole record begins, at the first at the earliest. The checksum knows its position. */
function nextWhole(bytes: Buffer, start: number): number | undefined {
  for (let at = 1; at + recordHeaderBytes <= bytes.length; at++) if (recordAt(bytes, at, start)) return at;
  return undefined;
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

/** The records at the start of `chunk` that are whole and undamaged. */
function parseRecords(chunk: Buffer, start: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; ; ) {
    const record = recordAt(chunk, at, start);
    if (!record) return records;
    records.push(record);
    at += recordHeaderBytes + record.payload.length;
  }
}

/** The record at an offset of `chunk`, which stands at `start` in the log, if there is a whole one. */
function recordAt(chunk: Buffer, at: number, start: number): LogRecord | undefined {
  if (at + recordHeaderBytes > chunk.length) return undefined;
  const stop = at + recordHeaderBytes + chunk.readUInt32LE(at);
  if (stop > chunk.length) return undefined;
  const payload = chunk.subarray(at + recordHeaderBytes, stop);
  return chunk.readUInt32LE(at + 4) === checksum(payload, start + at) ? { position: start + at, payload } : undefined;
}

function frameGroup(group: readonly Waiting[], start: number, bytes: number) {
  const frame = Buffer.allocUnsafe(bytes);
  let at = 0;
  const positions = group.map(({ payloads }) =>
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

/** Never 0 for an empty payload, so that a run of zeros, which a crash may leave behind, is no record. */
function checksum(payload: Uint8Array, position: number): number {
  return crc32(payload, (Math.imul(payload.length + 1, 0x9e3779b1) ^ Math.imul(position % 2 ** 32, 0x85ebca6b)) >>> 0);
}

function framedSize(payloads: readonly Uint8Array[]): number {
  return payloads.reduce((sum, payload) => sum + recordHeaderBytes + payload.length, 0);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
