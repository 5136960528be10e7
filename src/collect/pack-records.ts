/**
 * Packs lines into as few Firehose records as possible: each record is billed rounded up to the next 5 KB, and none may
 * exceed 1,000 KiB.
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html
 */
import { joinLines } from "../schemas/tables/lake-lines.ts";

export const MAX_RECORD_BYTES = 1_024_000;

/** Newline-separated lines as the bytes of records, in order; every line ends with a newline. */
export function packRecords(lines: readonly string[]): Uint8Array[] {
  if (lines.length === 0) return [];
  // A UTF-16 unit takes at most 3 bytes, so for the common small request the length is enough.
  const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
  return length * 3 <= MAX_RECORD_BYTES ? [Buffer.from(joinLines(lines))] : packMeasured(lines);
}

function packMeasured(lines: readonly string[]): Uint8Array[] {
  const records: Uint8Array[] = [];
  let open: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const size = Buffer.byteLength(line) + 1;
    if (bytes + size > MAX_RECORD_BYTES) {
      records.push(Buffer.from(open.join("")));
      [open, bytes] = [[], 0];
    }
    open.push(line, "\n");
    bytes += size;
  }
  records.push(Buffer.from(open.join("")));
  return records;
}
