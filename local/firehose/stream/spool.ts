/**
 * Transformed records on their way to the lake: for each batch and partition a file of newline-separated JSON, on disk
 * before the batch counts as transformed, and beside it an index of the records, which only the slow path of the
 * conversion reads.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { syncFile } from "../../s3/objects.ts";
import type { Outcome } from "./ask-function.ts";
import { type Part, partitionName } from "./state.ts";

/** One record in a spool file: its id and arrival, how many bytes of the file belong to it, and their CRC-32. */
export type IndexEntry = [recordId: string, arrival: number, bytes: number, sum?: number];
type OkOutcome = Outcome & { result: "ok" };

/** Writes what a batch became and returns its parts; they are on disk. The same outcomes yield the same files. */
export async function writeParts(folder: string, batch: number, outcomes: readonly OkOutcome[]): Promise<Part[]> {
  const parts = await Promise.all(
    groupByPartition(outcomes).map((group, index) => writePart(folder, batch, `${batch}-${index}.ndjson`, group)),
  );
  if (parts.length > 0) await syncFile(folder);
  return parts;
}

/** Whether the file of a part is as it was written. */
export async function isPartIntact(folder: string, { file, bytes, sum }: Part): Promise<boolean> {
  if (sum === undefined) return true;
  const data = await readFile(join(folder, file));
  return data.length === bytes && crc32(data) === sum;
}

/** The index of a spool file. */
export async function readIndex(path: string): Promise<IndexEntry[]> {
  return JSON.parse(await readFile(indexPath(path), "utf8"));
}

export function indexPath(path: string): string {
  return `${path}.index`;
}

async function writePart(folder: string, batch: number, file: string, group: readonly OkOutcome[]): Promise<Part> {
  const chunks = group.map(({ data }) => (data.at(-1) === newline ? data : Buffer.concat([data, Buffer.of(newline)])));
  const index = group.map(({ record }, at): IndexEntry => {
    const chunk = chunks[at] ?? Buffer.alloc(0);
    return [record.recordId, record.arrival, chunk.length, crc32(chunk)];
  });
  const data = Buffer.concat(chunks);
  const path = join(folder, file);
  await Promise.all([
    writeFile(path, data, { flush: true }),
    writeFile(indexPath(path), JSON.stringify(index), { flush: true }),
  ]);
  return {
    batch,
    file,
    keys: group[0]?.keys ?? {},
    bytes: data.length,
    sum: crc32(data),
    oldest: index.reduce((oldest, [, arrival]) => Math.min(oldest, arrival), Number.POSITIVE_INFINITY),
    ...(group.some(({ data }) => isBlank(data)) ? { suspect: true } : {}),
  };
}

function groupByPartition(outcomes: readonly OkOutcome[]): OkOutcome[][] {
  const groups = new Map<string, OkOutcome[]>();
  for (const outcome of outcomes) {
    const name = partitionName(outcome.keys);
    const group = groups.get(name);
    if (group) group.push(outcome);
    else groups.set(name, [outcome]);
  }
  return [...groups.values()];
}

const newline = 10;
const openBrace = 123;

/** DuckDB skips blank lines, but Firehose treats a blank record as an error. */
function isBlank(data: Buffer): boolean {
  return data[0] !== openBrace && data.toString("latin1").trim() === "";
}
