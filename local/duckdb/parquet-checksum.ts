/**
 * A checksum inside each Parquet file of the lake, because nothing in the format detects a flipped bit: DuckDB, like
 * Athena, would return another number. It comes before the footer, where no reader looks: the footer is found from the
 * end of the file, and pages by the offsets in it. Files without a checksum, from elsewhere or from an older release,
 * are read as they are.
 * https://parquet.apache.org/docs/file-format/
 *
 *     PAR1 | pages | "daymark1" | CRC-32 of all other bytes, u32 | footer | its length, u32 | PAR1
 */
import { statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { crc32 } from "node:zlib";

const mark = Buffer.from("daymark1");
const sumBytes = 4;
/** The length of the footer and the magic bytes. */
const endBytes = 8;
const chunkBytes = 1 << 20;
/** How many files are remembered as intact; a forgotten one is verified again. */
const rememberedFiles = 100_000;

/** Adds the checksum to a file that was just written. */
export async function addChecksum(path: string): Promise<void> {
  await using file = await open(path, "r+");
  const { size } = await file.stat();
  const at = await findFooter(file, size);
  if (at === undefined) throw new Error(`Cannot add a checksum to ${path}: it is no Parquet file`);
  const footer = await readAt(file, at, size - at);
  const sum = Buffer.alloc(sumBytes);
  sum.writeUInt32LE(crc32(footer, crc32(mark, await sumOf(file, 0, at))));
  const rest = Buffer.concat([mark, sum, footer]);
  for (let written = 0; written < rest.length; ) {
    // A disk that is filling up writes less than requested before it reports ENOSPC.
    const { bytesWritten } = await file.write(rest, written, rest.length - written, at + written);
    written += bytesWritten;
  }
}

/** Whether a file is as it was written; a file without a checksum is assumed to be. */
export async function isIntact(path: string): Promise<boolean> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const footerAt = await findFooter(file, size);
  const at = (footerAt ?? 0) - sumBytes - mark.length;
  // A file without a footer is not Parquet, as its reader will report.
  if (footerAt === undefined || at < 0) return true;
  const head = await readAt(file, at, mark.length + sumBytes);
  if (!head.subarray(0, mark.length).equals(mark)) return true;
  return head.readUInt32LE(mark.length) === (await sumOf(file, footerAt, size, crc32(mark, await sumOf(file, 0, at))));
}

/**
 * Finds a damaged file among some files. Each version of a file is verified once, as long as its inode, size and time
 * do not change.
 */
export function createDamageFinder(): (paths: readonly string[]) => Promise<string | undefined> {
  const intact = new Map<string, string>();
  return async (paths) => {
    for (const path of paths) {
      const found = statSync(path, { throwIfNoEntry: false });
      // Replaced by a later run in the meantime.
      if (found === undefined) continue;
      const version = `${found.ino} ${found.size} ${found.mtimeMs}`;
      if (intact.get(path) === version) continue;
      if (!(await isIntact(path))) return path;
      if (intact.size >= rememberedFiles) intact.clear();
      intact.set(path, version);
    }
    return undefined;
  };
}

/** Where the footer begins. */
async function findFooter(file: FileHandle, size: number): Promise<number | undefined> {
  if (size < endBytes) return undefined;
  const end = await readAt(file, size - endBytes, endBytes);
  const at = size - endBytes - end.readUInt32LE(0);
  return at >= 0 && end.subarray(4).equals(Buffer.from("PAR1")) ? at : undefined;
}

async function sumOf(file: FileHandle, from: number, to: number, before = 0): Promise<number> {
  let sum = before;
  for (let at = from; at < to; at += chunkBytes)
    sum = crc32(await readAt(file, at, Math.min(chunkBytes, to - at)), sum);
  return sum;
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}
