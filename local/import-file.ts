/** Imports one file: reads it as a stream, and keeps a few requests under way while it goes on reading. */
import type { CollectAnswer } from "../src/schemas/collect-answer.ts";
import { type Batch, type Batcher, createBatcher } from "./import-batches.ts";
import type { Client } from "./import-client.ts";
import { createLineReader, type Format, guessFormat } from "./import-events.ts";
import { readLines } from "./import-lines.ts";
import { openProgress, type Progress } from "./import-progress.ts";
import { addProblem, type Counts } from "./import-report.ts";

const REQUESTS_AT_ONCE = 4;

export type FileOptions = { path: string; format?: Format; home: string; url: string; restart: boolean };

/** Sends all lines that were not sent before, and counts in `counts` what became of each. Throws when the import cannot go on. */
export async function importFile(options: FileOptions, client: Client, counts: Counts): Promise<void> {
  const pool = createPool(REQUESTS_AT_ONCE);
  let file: { read: ReturnType<typeof createLineReader>; progress: Progress; batcher: Batcher } | undefined;
  const submit = async (batch: Batch | undefined, progress: Progress) => {
    if (batch === undefined) return;
    if (progress.has(batch)) counts.before += batch.lines.length;
    else await pool.run(() => sendBatch(batch, client, progress, counts));
  };

  let number = 0;
  for await (const lines of readLines(options.path)) {
    for (const text of lines) {
      number++;
      if (text.trim() === "") continue;
      file ??= await begin(text, options);
      const line = file.read(text, number);
      counts.lines++;
      if (line.instant !== undefined && line.instant > (counts.latest ?? -1)) counts.latest = line.instant;
      await submit(file.batcher.add(line), file.progress);
    }
  }
  if (file !== undefined) await submit(file.batcher.end(), file.progress);
  await pool.drain();
}

async function begin(first: string, { format = guessFormat(first), home, url, restart }: FileOptions) {
  const { id: firstId } = createLineReader(format)(first, 1);
  const progress = await openProgress({ home, url, firstId, restart });
  return { read: createLineReader(format), progress, batcher: createBatcher(progress.cutAt) };
}

async function sendBatch(batch: Batch, client: Client, progress: Progress, counts: Counts): Promise<void> {
  const answer: CollectAnswer = await client.send(batch);
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

/** Runs at most `limit` tasks at once; the first failure is thrown by the next call. */
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
