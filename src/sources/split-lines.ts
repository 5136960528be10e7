/** A stream of bytes as lines, a few at a time, whatever its size. */
import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut to this: they are not log lines, and an endless one would fill the memory. */
export const MAX_LINE_LENGTH = 60_000;

/**
 * Cuts a stream of bytes into lines. The last line needs no newline: one without is yielded alone, after a call of
 * `onOpenEnd`.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  onOpenEnd: () => void = () => {},
): AsyncGenerator<string[]> {
  const decoder = new StringDecoder("utf8");
  let open = "";
  let isFirst = true;
  for await (const chunk of chunks) {
    let text = decoder.write(chunk);
    // The byte order mark that Windows puts before a text is not part of the first line.
    if (isFirst && text.startsWith("\ufeff")) text = text.slice(1);
    isFirst &&= text === "";
    const lines = (open + text).split("\n");
    open = (lines.pop() ?? "").slice(0, MAX_LINE_LENGTH + 1);
    yield lines.map(trimEnd);
  }
  open += decoder.end();
  if (open === "") return;
  onOpenEnd();
  yield [trimEnd(open)];
}

function trimEnd(line: string): string {
  const text = line.endsWith("\r") ? line.slice(0, -1) : line;
  return text.length > MAX_LINE_LENGTH ? text.slice(0, MAX_LINE_LENGTH) : text;
}
