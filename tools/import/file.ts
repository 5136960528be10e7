/**
 * Imports one file: reads it as a stream, puts the lines of each day into separate requests, and sends a few of them at
 * a time while it continues reading. If there are more days than Firehose has room for, the lines of the others wait on
 * disk.
 */

import type { CollectAnswer } from "../../src/schemas/api/collect-answer.ts";
import { show } from "../../src/schemas/describe-issue.ts";
import { createDayBatcher, type DayBatch, type DayBatcher } from "./batches.ts";
import type { Client } from "./client.ts";
import type { DayGate } from "./days.ts";
import { createLineReader, type Format, formats, guessFormat, type ImportedLine } from "./events.ts";
import { isWholeLine } from "./last-line.ts";
import { openLineStore } from "./line-store.ts";
import { readLines } from "./lines.ts";
import { openProgress, type Progress } from "./progress.ts";
import { addPartly, addProblem, type Counts } from "./report.ts";

const REQUESTS_AT_ONCE = 4;

/** A file shows its format within so many lines, or not at all. */
const SAMPLE_LINES = 200;

export type FileOptions = {
  path: string;
  format?: Format;
  source?: string;
  home: string;
  url: string;
  restart: boolean;
  /** Whether a last line without a line end is a line like any other. */
  finished: boolean;
  days: DayGate;
  /** Is told of each line. */
  onLine?: (digest: string) => void;
};
type OpenFile = { read: ReturnType<typeof createLineReader>; progress: Progress; batcher: DayBatcher };

/**
 * Sends all lines that were not sent before, and counts the outcomes in `counts`. Throws if the import cannot continue.
 */
export async function importFile(options: FileOptions, client: Client, counts: Counts): Promise<void> {
  const { days, home } = options;
  const pool = createPool(REQUESTS_AT_ONCE);
  await using waiting = await openLineStore(`${home}/imports`);
  let file: OpenFile | undefined;
  const submit = async (batches: Iterable<DayBatch>, { progress }: OpenFile) => {
    for (const batch of batches) {
      if (progress.has(batch)) counts.before += batch.lines.length;
      else {
        await days.enter(batch.day);
        await pool.run(() => sendBatch(batch, { client, progress, counts, days }));
      }
    }
  };

  let number = 0;
  let before: string | undefined;
  let isOpenEnd = false;
  for await (const lines of withSample(readLines(options.path, () => (isOpenEnd = true)))) {
    file ??= await begin(lines, options);
    for (const [i, text] of lines.entries()) {
      number++;
      if (text.trim() === "" || file === undefined) continue;
      if (isOpenEnd && i === lines.length - 1 && !options.finished && !isWholeLine(text, before)) {
        counts.leftOut = number;
        continue;
      }
      before = text;
      const line = file.read(text, number);
      if (line === undefined) continue;
      counts.lines++;
      if (line.isPartly) addPartly(counts.cutOff, number);
      if (line.hasUnread) addPartly(counts.unread, number);
      if (line.instant !== undefined && line.instant > (counts.latest ?? -1)) counts.latest = line.instant;
      const { day, group } = days.assign(line);
      if (group === 0) await submit(file.batcher.add(day, line), file);
      else await waiting.add(group, JSON.stringify(line));
    }
  }
  if (file !== undefined) await submit(file.batcher.end(), file);
  for (let group = 1; group < days.groups && file !== undefined; group++) {
    for await (const text of waiting.read(group)) {
      const line = parseLine(text);
      await submit(file.batcher.add(days.assign(line).day, line), file);
    }
    await submit(file.batcher.end(), file);
  }
  await pool.drain();
}

/** Reads a line that this process has just put into the store. */
function parseLine(text: string): ImportedLine {
  return JSON.parse(text);
}

/** The lines in groups. The first group shows the file's format, or is long enough to tell that it has no known one. */
async function* withSample(groups: AsyncIterable<string[]>): AsyncGenerator<string[]> {
  let first: string[] | undefined = [];
  for await (const lines of groups) {
    if (first === undefined) yield lines;
    else {
      first = [...first, ...lines];
      const sample = sampleOf(first);
      if (sample.length < SAMPLE_LINES && guessFormat(sample) === undefined) continue;
      yield first;
      first = undefined;
    }
  }
  if (first !== undefined) yield first;
}

function sampleOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== "").slice(0, SAMPLE_LINES);
}

/** Undefined for a file of blank lines. Throws a TypeError if the lines are in no known format. */
async function begin(
  lines: readonly string[],
  { format, source, onLine, ...where }: FileOptions,
): Promise<OpenFile | undefined> {
  const sample = sampleOf(lines);
  if (sample.length === 0) return undefined;
  const known = format ?? guessFormat(sample);
  if (known === undefined) throw new TypeError(noFormat(where.path, sample));
  const how = { source, isGuessed: format === undefined };
  const preview = createLineReader(known, how);
  const firstId = sample.map((line) => preview(line, 1)?.id).find((id) => id !== undefined) ?? "";
  const progress = await openProgress({ ...where, firstId });
  return { read: createLineReader(known, { ...how, onLine }), progress, batcher: createDayBatcher(progress.cutAt) };
}

function noFormat(path: string, [first = ""]: readonly string[]): string {
  const known = formats.map(({ name, title }) => `  ${name.padEnd(9)} ${title}`).join("\n");
  return `Cannot import ${path}: its first lines are in none of the known formats; the first is ${show(first)}
${known}
Name one of them with --format, or give the server's own log_format: --format '$remote_addr [$time_local] "$request" $status'`;
}

type Sending = { client: Client; progress: Progress; counts: Counts; days: DayGate };

async function sendBatch(batch: DayBatch, { client, progress, counts, days }: Sending): Promise<void> {
  const answer: CollectAnswer = await client.send(batch);
  await days.sent(batch.day);
  counts.accepted += answer.accepted;
  counts.rejected += answer.rejected.length;
  for (const { index, errors } of answer.rejected.slice(0, 10)) {
    const line = batch.lines[index];
    const [error] = errors;
    const reason = line?.problem ?? (error?.path ? `${error.path}: ${error.message}` : (error?.message ?? "rejected"));
    addProblem(counts, { line: line?.number ?? 0, reason });
  }
  await progress.add(batch);
}

/** Runs at most `limit` tasks at once; the next call throws the first failure. */
function createPool(limit: number) {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const check = () => {
    if (failures.length > 0) throw failures[0];
  };
  return {
    async run(task: () => Promise<void>): Promise<void> {
      check();
      const promise = task()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => running.delete(promise));
      running.add(promise);
      if (running.size >= limit) await Promise.race(running);
      check();
    },
    async drain(): Promise<void> {
      await Promise.all(running);
      check();
    },
  };
}
