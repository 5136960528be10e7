/**
 * Rows on their way to the lake: one JSON object per line, each line terminated. Collect writes them, the stream reads
 * them and marks copies, Firehose turns them into Parquet. `src/stream/read-record.ts` checks what must be in a row.
 */

/** Lines joined to one text. */
export function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** Adds `"is_copy":true` to the lines of copies, so that the rollup leaves out the same ones as the stream. */
export function markCopies(text: string, copies: ReadonlySet<number>): string {
  const marked = text
    .trim()
    .split("\n")
    .map((line, at) => (copies.has(at) ? `{"is_copy":true,${line.trim().slice(1)}` : line));
  return joinLines(marked);
}

const code = { newline: 10, return: 13, space: 32, comma: 44, open: 91, close: 93 };

/**
 * The values of all lines, or what is wrong with them. The bytes have one to spare on either side, and are modified:
 * the lines become a JSON list in place, which parses a third faster than line by line.
 */
export function parseLines(list: Buffer): unknown[] | string {
  // The brackets also end the search for the last character that is not a space.
  list[0] = code.open;
  let end = list.length - 1;
  while (isSpace(list[end - 1])) end--;
  list[end] = code.close;
  let start = 1;
  while (isSpace(list[start])) start++;
  list[start - 1] = code.open;
  for (let at = list.indexOf(code.newline, start); at !== -1 && at < end; at = list.indexOf(code.newline, at + 1))
    list[at] = code.comma;
  try {
    const rows: unknown = JSON.parse(list.toString("utf8", start - 1, end + 1));
    return Array.isArray(rows) && rows.length > 0 ? rows : "it is empty";
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === code.newline || byte === code.return || byte === code.space;
}
