/** The formats of access logs that can be detected from their lines. */
import type { LogFormat, LogLine } from "./access-event.ts";
import { combinedFormat } from "./access-log.ts";
import { albFormat, s3Format } from "./aws-access-logs.ts";
import { jsonFormat } from "./json-access-log.ts";
import { w3cFormat } from "./w3c-log.ts";

export const logFormats: readonly LogFormat[] = [combinedFormat, jsonFormat, w3cFormat, albFormat, s3Format];

/**
 * A reader for lines of any format, the likeliest first: an owner may have changed the format in the middle of a file.
 * It must get all lines in order, because a line may name the columns of those after it.
 */
export function openFormats(formats = logFormats): (line: string) => FoundLine {
  const readers = formats.map((format) => ({ format, read: format.open() }));
  return (line) => {
    for (const { format, read } of readers) {
      const found = read(line);
      if (found !== undefined) return { found, format };
    }
    return { found: undefined };
  };
}
export type FoundLine = { found: LogLine; format?: LogFormat };

/** The same, of a file in which this format was found. */
export function openFile(format: LogFormat | undefined): (line: string) => FoundLine {
  return openFormats(format === undefined ? logFormats : [format, ...logFormats.filter((other) => other !== format)]);
}

/**
 * The format that reads the most of some lines from the start of a file, or undefined if all formats together read less
 * than half: neither a damaged line nor a lucky match decides.
 */
export function detectFormat(lines: readonly string[], formats = logFormats): LogFormat | undefined {
  const scores = formats.map((format) => ({ format, score: scoreOf(format, lines) }));
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
  return scores.reduce((sum, { score }) => sum + score, 0) >= 0.5 ? best.format : undefined;
}

/** The share of the lines, without comments, that the format can read. */
function scoreOf(format: LogFormat, lines: readonly string[]): number {
  const read = format.open();
  const results = lines.map((line) => read(line)).filter((result) => result !== "comment");
  return results.length === 0 ? 0 : results.filter((result) => result !== undefined).length / results.length;
}
