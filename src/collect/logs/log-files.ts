/** Access logs in files: their lines in batches of 500, named after the file, in any known format. */

import { MAX_EVENTS } from "../../schemas/api/collect-request.ts";
import { parseInstant } from "../../schemas/instant.ts";
import { uuidFrom } from "../../schemas/stable-uuid.ts";
import { detectFormat, type FoundLine, openFile } from "../../sources/access/log-formats.ts";
import { splitLines } from "../../sources/split-lines.ts";
import type { NamedBatch } from "./named-batches.ts";

/** A file: what identifies its bytes, and how to open it. */
export type LogFile = { name: readonly string[]; open(): Promise<AsyncIterable<Buffer>> };

/** How many lines are looked at to detect a file's format. */
const LINES_TO_TELL = 100;

/** The batches of some files, one file after the other. */
export async function* batchesOfLogs(files: readonly LogFile[]): AsyncGenerator<NamedBatch> {
  for (const { name, open } of files) yield* batchesOfLog(name, splitLines(await open()));
}

/**
 * The batches of a file: always the same for the same bytes under the same name. A line that is in no
 * format becomes an event that is rejected, and is stored as such. A request to which the log gives an id gets the
 * event id that an import of the file would give it.
 */
async function* batchesOfLog(name: readonly string[], groups: AsyncIterable<string[]>): AsyncGenerator<NamedBatch> {
  let read: ((line: string) => unknown) | undefined;
  let events: unknown[] = [];
  let count = 0;
  for await (const lines of withBeginning(groups)) {
    read ??= readerOf(openFile(detectFormat(lines)));
    for (const line of lines) {
      const event = line === "" ? undefined : read(line);
      if (event !== undefined) events.push(event);
      if (events.length < MAX_EVENTS) continue;
      yield batch(name, count++, events);
      events = [];
    }
  }
  if (events.length > 0) yield batch(name, count, events);
}

/** The same lines, with a first group that is large enough to detect the format. */
async function* withBeginning(groups: AsyncIterable<string[]>): AsyncGenerator<string[]> {
  let beginning: string[] | undefined = [];
  for await (const lines of groups) {
    if (beginning === undefined) yield lines;
    else if (beginning.push(...lines) >= LINES_TO_TELL) {
      yield beginning;
      beginning = undefined;
    }
  }
  if (beginning !== undefined) yield beginning;
}

function readerOf(read: ReturnType<typeof openFile>): (line: string) => unknown {
  return (line) => eventOf(line, read(line));
}

/** The event of a line, which is rejected if no format reads it; undefined for a comment. */
export function eventOf(line: string, { found, format }: FoundLine): object | undefined {
  if (found === "comment") return undefined;
  if (found === undefined || format === undefined) return { name: "access_log", line };
  const { event, requestId } = found;
  return requestId === undefined ? event : { event_id: uuidFrom("request", format.name, requestId), ...event };
}

function batch(name: readonly string[], index: number, events: readonly unknown[]): NamedBatch {
  const instants = events.flatMap((event) => instantOf(event) ?? []);
  return { name: [...name, String(index)], at: instants.length === 0 ? undefined : Math.max(...instants), events };
}

/** When an event says that it happened, in epoch ms. */
export function instantOf(event: unknown): number | undefined {
  const at = typeof event === "object" && event !== null && "occurred_at" in event ? event.occurred_at : undefined;
  return typeof at === "string" || typeof at === "number" ? parseInstant(at) : undefined;
}
