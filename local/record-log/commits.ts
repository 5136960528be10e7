/** How records get into the log: everything that is waiting is written together, one synchronous write at a time. */
import { constants, fstatSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { syncFile } from "../s3/objects.ts";
import { framedSize, frameRecords } from "./record-format.ts";
import { type LogFiles, type Segment, segmentAt } from "./segments.ts";

type Waiting = { payloads: readonly Uint8Array[]; resolve(positions: number[]): void; reject(error: unknown): void };

// O_DSYNC combines write and fdatasync in one system call, which halves the trips through the thread pool.
const writeFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_DSYNC;

/** The group commit of a log, which moves `files.end`. */
export function createCommits(files: LogFiles, lingerMs: number) {
  const writer = createWriter(files);
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let committing: Promise<void> | undefined;
  let closed = false;

  return {
    get waitingBytes() {
      return waitingBytes;
    },
    append(payloads: readonly Uint8Array[]): Promise<number[]> {
      if (closed) return Promise.reject(new Error(`Cannot append to ${files.folder}: the log is closed`));
      return new Promise((resolve, reject) => {
        waiting.push({ payloads, resolve, reject });
        waitingBytes += framedSize(payloads);
        committing ??= commitAll();
      });
    },
    async close(): Promise<void> {
      closed = true;
      await committing;
      await writer.close();
    },
  };

  async function commitAll(): Promise<void> {
    while (waiting.length > 0) {
      if (lingerMs > 0) await wait(lingerMs);
      const group = waiting;
      const bytes = waitingBytes;
      waiting = [];
      await commit(group, files, writer);
      waitingBytes -= bytes;
    }
    committing = undefined;
  }
}

async function commit(group: readonly Waiting[], files: LogFiles, writer: Writer): Promise<void> {
  try {
    const all = group.map(({ payloads }) => payloads);
    const { frame, positions } = frameRecords(all, files.end);
    await writer.write(frame);
    files.end += frame.length;
    for (const [index, one] of group.entries()) one.resolve(positions[index] ?? []);
  } catch (cause) {
    // Reopened for the next attempt, because the handle may be what failed.
    await writer.close().catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new Error(`Cannot write to the log ${files.folder}: ${reason}`, { cause });
    for (const one of group) one.reject(error);
  }
}

type Writer = ReturnType<typeof createWriter>;

/** Writes at the log's end, to the last segment or a new one. */
function createWriter(files: LogFiles) {
  let file: FileHandle | undefined;
  /** A failed write may have left bytes after the end; they must be removed before the next write. */
  let dirty = false;
  return { write, close };

  async function write(frame: Buffer): Promise<void> {
    const { handle, segment } = await writableSegment();
    const offset = files.end - segment.start;
    if (dirty) await handle.truncate(offset);
    dirty = true;
    for (let written = 0; written < frame.length; ) {
      // A disk that is filling up writes less than requested before it reports ENOSPC.
      const { bytesWritten } = await handle.write(frame, written, frame.length - written, offset + written);
      written += bytesWritten;
    }
    dirty = false;
    // A file that was removed in the meantime still accepts writes, which are lost with it.
    if (fstatSync(handle.fd).nlink === 0) throw new Error(`${segment.path} has been removed`);
  }

  async function writableSegment(): Promise<{ handle: FileHandle; segment: Segment }> {
    const { folder, segments, segmentBytes, end } = files;
    const last = segments.at(-1);
    if (last && end - last.start < segmentBytes) {
      file ??= await open(last.path, writeFlags);
      return { handle: file, segment: last };
    }
    const segment = segmentAt(folder, end);
    const handle = await open(segment.path, writeFlags);
    await syncFile(folder);
    await file?.close();
    file = handle;
    segments.push(segment);
    return { handle, segment };
  }

  async function close(): Promise<void> {
    const open = file;
    file = undefined;
    await open?.close();
  }
}
