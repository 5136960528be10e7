/** A stream of bytes as lines, a few at a time, whatever its size. */
import { StringDecoder } from "node:string_decoder";

/** A longer line is cut to this; it is no line of a log, and one without an end would be all the memory. */
export const MAX_LINE_LENGTH = 60_000;

/** Cuts a stream of bytes into lines; a last line needs no end. */
export async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new StringDecoder("utf8");
  let open = "";
  let isFirst = true;
  for await (const chunk of chunks) {
    let text = decoder.write(chunk);
    // The mark that Windows puts before a text is none of its first line.
    if (isFirst && text.startsWith("\ufeff")) text = text.slice(1);
    isFirst &&= text === "";
    const lines = (open + text).split("\n");
    open = (lines.pop() ?? "").slice(0, MAX_LINE_LENGTH + 1);
    yield lines.map(trimEnd);
  }
  open += decoder.end();
  if (open !== "") yield [trimEnd(open)];
}

function trimEnd(line: string): string {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return text.length > MAX_LINE_LENGTH ? text.slice(0, MAX_LINE_LENGTH) : text;
}
