/** The formats of access logs that can be detected from their lines. */
import type { LogFormat } from "./access-event.ts";
import { combinedFormat } from "./access-log.ts";
import { albFormat, s3Format } from "./aws-access-logs.ts";
import { jsonFormat } from "./json-access-log.ts";
import { w3cFormat } from "./w3c-log.ts";

export const logFormats: readonly LogFormat[] = [combinedFormat, jsonFormat, w3cFormat, albFormat, s3Format];

/**
 * The format that reads the most of some lines from the start of a file, or undefined if none reads at least half:
 * neither a damaged line nor a lucky match decides.
 */
export function detectFormat(lines: readonly string[], formats = logFormats): LogFormat | undefined {
  const scores = formats.map((format) => ({ format, score: scoreOf(format, lines) }));
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score >= 0.5 ? best.format : undefined;
}

/** The share of the lines, without comments, that the format can read. */
function scoreOf(format: LogFormat, lines: readonly string[]): number {
  const read = format.open();
  const results = lines.map((line) => read(line)).filter((result) => result !== "comment");
  return results.length === 0 ? 0 : results.filter((result) => result !== undefined).length / results.length;
}
