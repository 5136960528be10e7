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

function packMeasured(lines: readonly string[], mark: string): Uint8Array[] {
  const records: Uint8Array[] = [];
  let first = 0;
  let bytes = mark.length;
  for (const [i, line] of lines.entries()) {
    const size = Buffer.byteLength(line) + 1;
    if (bytes + size > MAX_RECORD_BYTES) {
      records.push(record(lines.slice(first, i), mark, bytes));
      [first, bytes] = [i, mark.length];
    }
    bytes += size;
  }
  return [...records, record(lines.slice(first), mark, bytes)];
}

/** Line by line: to join them first takes twice as long. */
function record(lines: readonly string[], mark: string, bytes: number): Uint8Array {
  const record = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const [i, line] of lines.entries()) {
    at += record.write(i === 0 ? marked(line, mark) : line, at);
    record[at++] = NEWLINE;
  }
  return record;
}

const NEWLINE = 10;

function marked(text: string, mark: string): string {
  return mark === "" ? text : `{${mark}${text.slice(1)}`;
}
