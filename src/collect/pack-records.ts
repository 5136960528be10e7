/**
 * Packs lines into as few Firehose records as possible: each record is billed rounded up to the next 5 KB, and none may
 * exceed 1,000 KiB.
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html
 */
import { joinLines } from "../schemas/tables/lake-lines.ts";

export const MAX_RECORD_BYTES = 1_024_000;

/**
 * Newline-separated lines as the bytes of records, in order; every line ends with a newline. The first line of each
 * record, a JSON object with fields, also gets `mark`: a field as text, with a comma behind it.
 */
export function packRecords(lines: readonly string[], mark = ""): Uint8Array[] {
  if (lines.length === 0) return [];
  // A UTF-16 unit takes at most 3 bytes, so for the common small request the length is enough.
  const length = lines.reduce((sum, line) => sum + line.length + 1, mark.length);
  if (length * 3 > MAX_RECORD_BYTES) return packMeasured(lines, mark);
  return [Buffer.from(marked(joinLines(lines), mark))];
}

/** Line by line: to join them first takes twice as long, and most need not be measured to know that they fit. */
function packMeasured(lines: readonly string[], mark: string): Uint8Array[] {
  const records: Uint8Array[] = [];
  let record = Buffer.allocUnsafe(MAX_RECORD_BYTES);
  let at = 0;
  for (const line of lines) {
    const mostBytes = mark.length + line.length * 3 + 1;
    const isFull = at + mostBytes > MAX_RECORD_BYTES && at + Buffer.byteLength(line) + 1 > MAX_RECORD_BYTES;
    if (isFull && at > 0) {
      records.push(record.subarray(0, at));
      record = Buffer.allocUnsafe(MAX_RECORD_BYTES);
      at = 0;
    }
    at += record.write(at === 0 ? marked(line, mark) : line, at);
    record[at++] = NEWLINE;
  }
  return [...records, record.subarray(0, at)];
}

const NEWLINE = 10;

function marked(text: string, mark: string): string {
  return mark === "" ? text : `{${mark}${text.slice(1)}`;
}
