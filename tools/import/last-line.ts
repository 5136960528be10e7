/**
 * A file whose last line has no line end is perhaps still being written, or was copied while it was. What is there of
 * the line must not count, because the whole line would count again at the next import.
 */

/** Combined has its request, the referrer and the user agent between quotes. */
const QUOTES_OF_COMBINED = 6;

/**
 * Whether a line without a line end is certainly whole: an object of JSON, or a line that ends with a quote like the
 * line before, and has as many. A bare `5` at the end may be the beginning of `512`.
 */
export function isWholeLine(line: string, before: string | undefined): boolean {
  if (isObject(line)) return true;
  const [needed, end] = before === undefined ? [QUOTES_OF_COMBINED, '"'] : [quotesIn(before), before.slice(-1)];
  return end === '"' && line.endsWith(end) && quotesIn(line) === needed;
}

function isObject(line: string): boolean {
  if (!line.endsWith("}")) return false;
  try {
    JSON.parse(line.slice(line.indexOf("{"))); // behind what a shipper has put before it
    return true;
  } catch {
    return false;
  }
}

function quotesIn(line: string): number {
  return line.match(/(?<!\\)"/g)?.length ?? 0;
}
