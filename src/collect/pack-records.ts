/**
 * Packs lines into as few Firehose records as possible: each record is billed rounded up to the next 5 KB, and none may
 * exceed 1,000 KiB.
 * https://docs.aws.amazon.com/firehose/latest/dev/limits.html
 */
import { joinLines } from "../schemas/tables/lake-lines.ts";

export const MAX_RECORD_BYTES = 1_024_000;

/** A line in two parts, because to join them takes longer than to write one after the other. */
export type Line = { begin: string; end: string };

export function lineOf(text: string): Line {
  return { begin: text, end: "" };
}

/**
 * Newline-separated lines as the bytes of records, in order; every line ends with a newline. The first line of each
 * record, a JSON object with fields, also gets `mark`: a field as text, with a comma behind it.
 */
export function packRecords(lines: readonly Line[], mark = ""): Uint8Array[] {
  if (lines.length === 0) return [];
  // A UTF-16 unit takes at most 3 bytes, so for the common small request the length is enough.
  const length = lines.reduce((sum, line) => sum + lengthOf(line) + 1, mark.length);
  if (length * 3 > MAX_RECORD_BYTES) return packMeasured(lines, mark);
  return [Buffer.from(marked(joinLines(lines.map(({ begin, end }) => begin + end)), mark))];
}

/** Line by line: to join them first takes twice as long, and most need not be measured to know that they fit. */
function packMeasured(lines: readonly Line[], mark: string): Uint8Array[] {
  const records: Uint8Array[] = [];
  let record = Buffer.allocUnsafe(MAX_RECORD_BYTES);
  let at = 0;
  for (const line of lines) {
    const mostBytes = mark.length + lengthOf(line) * 3 + 1;
    const isFull = at + mostBytes > MAX_RECORD_BYTES && at + bytesOf(line) + 1 > MAX_RECORD_BYTES;
    if (isFull && at > 0) {
      records.push(record.subarray(0, at));
      record = Buffer.allocUnsafe(MAX_RECORD_BYTES);
      at = 0;
    }
    at += record.write(at === 0 ? marked(line.begin, mark) : line.begin, at);
    at += record.write(line.end, at);
    record[at++] = NEWLINE;
  }
  return [...records, record.subarray(0, at)];
}

const NEWLINE = 10;

function lengthOf({ begin, end }: Line): number {
  return begin.length + end.length;
}

function bytesOf({ begin, end }: Line): number {
  return Buffer.byteLength(begin) + Buffer.byteLength(end);
}

function marked(text: string, mark: string): string {
  return mark === "" ? text : `{${mark}${text.slice(1)}`;
}
