/**
 * An append-only log of records on disk, in segments: Firehose's promise depends on it. `append` resolves when the
 * records are on disk; everything that is waiting is written together (group commit), one synchronous write at a time.
 * A record's position is its byte offset in the whole log; positions only grow, even across restarts and deleted
 * segments.
 *
 * A record is `length u32 | checksum u32 | payload`; the checksum covers length, position and payload. A half-written
 * record that a crash left at the end fails its checksum and is cut off on opening. A failed write (a full disk) is cut
 * off at once. Damage before the end is skipped up to the next valid record. Either is reported, and the bytes are set
 * aside (record-damage.ts).
 */
import { mkdir, unlink } from "node:fs/promises";
import { makeFolder } from "../s3/objects.ts";
import { createCommits } from "./commits.ts";
import { type Damage, setAside } from "./record-damage.ts";
import { type LogRecord, recordHeaderBytes } from "./record-format.ts";
import { type DamagedPart, findEnd, type LogFiles, listSegments, readChunkBytes, readStretch } from "./segments.ts";

export type RecordLog = {
  /** The position of the oldest record that is kept. */
  readonly start: number;
  /** The position of the next record. */
  readonly end: number;
  /** Bytes in memory that wait to be written. */
  readonly waitingBytes: number;
  /** Adds records in one write. Resolves with their positions when all are on disk; rejects if they are not. */
  append(payloads: readonly Uint8Array[]): Promise<number[]>;
  /** Records from a position on, until `limits` or the end of the log; `next` is the position after the last one. */
  read(from: number, limits: ReadLimits): Promise<{ records: LogRecord[]; next: number }>;
  /** Releases everything before a position. Only whole segments are deleted, so some of it may still be readable. */
  truncateBefore(position: number): Promise<void>;
} & AsyncDisposable;
/** At least one record is read, however small `bytes` is; `bytes` counts payloads. `to` ends the range (exclusive). */
export type ReadLimits = { bytes?: number; count?: number; to?: number };
export type RecordLogOptions = {
  folder: string;
  /** A segment that has reached this size gets no more records. */
  segmentBytes?: number;
  /** How long a write waits for others: each synchronous write costs about the same, however much it contains. */
  lingerMs?: number;
  /** Called once for each damaged part, when it is found. */
  onDamage?: (damage: Damage) => void;
};

type TellDamage = (part: DamagedPart, isTail: boolean) => Promise<void>;

/** Opens (or creates) the log in `folder`. All of its valid records can be read. */
export async function openRecordLog(options: RecordLogOptions): Promise<RecordLog> {
  const { folder, segmentBytes = 32 << 20, lingerMs = 0 } = options;
  await mkdir(folder, { recursive: true });
  await makeFolder(folder);
  const tell = createTell(options);
  const segments = await listSegments(folder);
  const end = await findEnd(segments, (part) => tell(part, true));
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

/** Sets a damaged part aside and reports it, once. */
function createTell({ folder, onDamage }: RecordLogOptions): TellDamage {
  const told = new Set<number>();
  return async ({ segment, offset, size, bytes }, isTail) => {
    const position = segment.start + offset;
    if (told.has(position)) return;
    told.add(position);
    const keptIn = await setAside(folder, position, bytes);
    onDamage?.({ file: segment.path, offset, size, isTail, ...(keptIn !== undefined && { keptIn }) });
  };
}

type Reading = { from: number; limits: ReadLimits; tell: TellDamage };

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
      // Damage: the records continue after it.
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

/** About `size` bytes from a position on, from one segment. */
function stretchOf({ folder, segments, end }: LogFiles, from: number, to: number, size: number) {
  const index = segments.findLastIndex((segment) => segment.start <= from);
  const segment = segments[index];
  if (!segment) throw new Error(`Cannot read ${folder} at ${from}: the log starts at ${segments[0]?.start ?? end}`);
  const segmentEnd = segments[index + 1]?.start ?? end;
  return { segment, from, segmentEnd, stop: Math.min(to, segmentEnd), size };
}
