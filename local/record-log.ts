/**
 * An append-only log of records on disk, in segments: what Firehose's promise stands on. `append` resolves when the
 * records are on disk; everything that waits is written together (group commit), one synchronous write at a time. A record's
 * position is its byte offset in the whole log; positions only grow, also over restarts and deleted segments.
 *
 * A record is `length u32 | checksum u32 | payload`; the checksum covers length, position and payload. What a crash left
 * half written at the end fails it and is cut off on opening. A failed write (a full disk) is cut off at once.
 */
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, stat, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { makeFolder, syncFile } from "./s3.ts";

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
};

type Segment = { start: number; path: string };
type Waiting = { payloads: readonly Uint8Array[]; resolve(positions: number[]): void; reject(error: unknown): void };

export const recordHeaderBytes = 8;
const maxRecordBytes = 64 << 20;
const readChunkBytes = 1 << 20;
// O_DSYNC makes one system call of write and fdatasync: half the trips through the thread pool.
const writeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_DSYNC;

/** Opens (or makes) the log in `folder`. Throws when a segment before the last is missing or damaged. */
export async function openRecordLog(options: RecordLogOptions): Promise<RecordLog> {
  const { folder, segmentBytes = 32 << 20, lingerMs = 0 } = options;
  await mkdir(folder, { recursive: true });
  await makeFolder(folder);
  const segments = await listSegments(folder);
  let end = await findEnd(segments);
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
      for (const record of await readChunk(next, to, Math.min(bytes - taken, readChunkBytes))) {
        const over = taken + record.payload.length > bytes || records.length >= count;
        if (over && records.length > 0) return { records, next };
        records.push(record);
        taken += record.payload.length;
        next = record.position + recordHeaderBytes + record.payload.length;
      }
    }
    return { records, next };
  }

  /** The whole records of about `size` bytes from a position on, at least one, out of one segment. */
  async function readChunk(from: number, to: number, size: number): Promise<LogRecord[]> {
    const index = segments.findLastIndex((segment) => segment.start <= from);
    const segment = segments[index];
    if (!segment) throw new Error(`Cannot read ${folder} at ${from}: the log starts at ${segments[0]?.start ?? end}`);
    const stop = Math.min(to, segments[index + 1]?.start ?? end);
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
      if (records.length === 0) throw new Error(`Cannot read ${segment.path} at ${from}: the record is damaged`);
      return records;
    } finally {
      await handle.close();
    }
  }
}

async function listSegments(folder: string): Promise<Segment[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{16}\.log$/.test(name)).sort();
  return names.map((name) => ({ start: Number(name.slice(0, 16)), path: join(folder, name) }));
}

/** Where the log ends: after the last record that is whole. Cuts off what stands behind it. */
async function findEnd(segments: Segment[]): Promise<number> {
  for (const [index, segment] of segments.slice(0, -1).entries()) {
    const { size } = await stat(segment.path);
    if (segment.start + size !== segments[index + 1]?.start)
      throw new Error(
        `Cannot open the log: ${segment.path} is damaged (${size} bytes) or the segment after it is missing`,
      );
  }
  const last = segments.at(-1);
  if (!last) return 0;
  const length = await wholeLength(last);
  if (length < (await stat(last.path)).size) {
    await truncate(last.path, length);
    await syncFile(last.path);
  }
  return last.start + length;
}

async function wholeLength(segment: Segment): Promise<number> {
  const handle = await open(segment.path, "r");
  try {
    const { size } = await handle.stat();
    let length = 0;
    for (let wanted = readChunkBytes; ; ) {
      const chunk = await readAt(handle, length, Math.min(size - length, wanted));
      const last = parseRecords(chunk, segment.start + length).at(-1);
      if (last) length = last.position - segment.start + recordHeaderBytes + last.payload.length;
      else if (wanted >= size - length || wanted > maxRecordBytes) return length;
      wanted = last ? readChunkBytes : wanted * 8;
    }
  } finally {
    await handle.close();
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

/** The records at the start of `chunk` that are whole and undamaged. */
function parseRecords(chunk: Buffer, start: number): LogRecord[] {
  const records: LogRecord[] = [];
  for (let at = 0; at + recordHeaderBytes <= chunk.length; ) {
    const length = chunk.readUInt32LE(at);
    const stop = at + recordHeaderBytes + length;
    if (stop > chunk.length) break;
    const payload = chunk.subarray(at + recordHeaderBytes, stop);
    if (chunk.readUInt32LE(at + 4) !== checksum(payload, start + at)) break;
    records.push({ position: start + at, payload });
    at = stop;
  }
  return records;
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
