/**
 * An append-only log of records on disk, in segments: what Firehose's promise stands on. `append` resolves when the
 * records are on disk; everything that waits is written together (group commit), one synchronous write at a time. A
 * record's position is its byte offset in the whole log; positions only grow, also over restarts and deleted segments.
 *
 * A record is `length u32 | checksum u32 | payload`; the checksum covers length, position and payload. What a crash
 * left half written at the end fails it and is cut off on opening. A failed write (a full disk) is cut off at once.
 * Damage before the end is skipped up to the next whole record. Either is told, and its bytes are set aside
 * (record-damage.ts).
 */
import { mkdir, unlink } from "node:fs/promises";
import { makeFolder } from "../s3/objects.ts";
import { createCommits } from "./commits.ts";
import { type Damage, setAside } from "./record-damage.ts";
import { type LogRecord, recordHeaderBytes } from "./record-format.ts";
import { findEnd, type LogFiles, listSegments, type Place, readChunkBytes, readStretch } from "./segments.ts";

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

type TellPlace = (place: Place, isTail: boolean) => Promise<void>;

/** Opens (or makes) the log in `folder`. Whatever of it is whole can be read. */
export async function openRecordLog(options: RecordLogOptions): Promise<RecordLog> {
  const { folder, segmentBytes = 32 << 20, lingerMs = 0 } = options;
  await mkdir(folder, { recursive: true });
  await makeFolder(folder);
  const tell = createTell(options);
  const segments = await listSegments(folder);
  const end = await findEnd(segments, (place) => tell(place, true));
  const files: LogFiles = { folder, segmentBytes, segments, end };
  const commits = createCommits(files, lingerMs);
  return {
    get start() {
      return segments[0]?.start ?? files.end;
    },
    get end() {
      return files.end;
    },
    get waitingBytes() {
      return commits.waitingBytes;
    },
    append: commits.append,
    read: (from, limits) => readRecords(files, { from, limits, tell }),
    async truncateBefore(position) {
      while (segments.length > 1 && (segments[1]?.start ?? files.end) <= position) {
        const oldest = segments.shift();
        if (oldest) await unlink(oldest.path);
      }
    },
    [Symbol.asyncDispose]: commits.close,
  };
}

/** Sets a damaged place aside and tells of it, once. */
function createTell({ folder, onDamage }: RecordLogOptions): TellPlace {
  const told = new Set<number>();
  return async ({ segment, offset, size, bytes }, isTail) => {
    const position = segment.start + offset;
    if (told.has(position)) return;
    told.add(position);
    const keptIn = await setAside(folder, position, bytes);
    onDamage?.({ file: segment.path, offset, size, isTail, ...(keptIn !== undefined && { keptIn }) });
  };
}

type Reading = { from: number; limits: ReadLimits; tell: TellPlace };

async function readRecords(files: LogFiles, { from, limits, tell }: Reading) {
  const { bytes = Number.POSITIVE_INFINITY, count = Number.POSITIVE_INFINITY } = limits;
  const to = Math.min(limits.to ?? files.end, files.end);
  const records: LogRecord[] = [];
  let next = from;
  let taken = 0;
  while (next < to) {
    const found = await readStretch(stretchOf(files, next, to, Math.min(bytes - taken, readChunkBytes)));
    if (!Array.isArray(found)) {
      await tell(found, false);
      // Damage: the records go on behind it.
      next = Math.min(next + found.size, to);
    } else
      for (const record of found) {
        const isOver = taken + record.payload.length > bytes || records.length >= count;
        if (isOver && records.length > 0) return { records, next };
        records.push(record);
        taken += record.payload.length;
        next = record.position + recordHeaderBytes + record.payload.length;
      }
  }
  return { records, next };
}

/** About `size` bytes from a position on, out of one segment. */
function stretchOf({ folder, segments, end }: LogFiles, from: number, to: number, size: number) {
  const index = segments.findLastIndex((segment) => segment.start <= from);
  const segment = segments[index];
  if (!segment) throw new Error(`Cannot read ${folder} at ${from}: the log starts at ${segments[0]?.start ?? end}`);
  const segmentEnd = segments[index + 1]?.start ?? end;
  return { segment, from, segmentEnd, stop: Math.min(to, segmentEnd), size };
}
