/**
 * Removes the folders of earlier runs of days and months that were put in place again, so that the bucket does not grow
 * with every late event, and a tool that reads a table by its path finds each row once. What the catalog points to is
 * never touched, and neither is anything written within the last hour: a run may be about to point there, and a query
 * may have been planned before it did.
 */
import type { SealedPartition } from "../schemas/tables/sealed-tables.ts";

type Listed = { key: string; modified: number };

export type SupersededOptions = {
  /** What was put in place since the last time. */
  moved: { read(): Promise<SealedPartition[]>; forget(placed: SealedPartition): Promise<void> };
  objects: { list(prefix: string): Promise<Listed[]>; remove(keys: readonly string[]): Promise<void> };
  /** The addresses (`s3://…`) of the files that the catalog's partition now consists of. */
  currentFiles(placed: SealedPartition): Promise<string[]>;
  folderOf(placed: SealedPartition): string;
  clock: () => number;
  hasTime: () => boolean;
  failed(error: unknown, placed: SealedPartition): void;
};

/**
 * An Athena query takes at most 30 minutes, a batch run 15.
 * https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
 */
const RESTS_MS = 3_600_000;

/** Removes what it may; what fails or is too recent is left to the next run. Returns how many objects were removed. */
export async function removeSuperseded(options: SupersededOptions): Promise<number> {
  let removed = 0;
  for (const placed of await options.moved.read()) {
    if (!options.hasTime()) break;
    try {
      removed += await removeFrom(placed, options);
    } catch (error) {
      options.failed(error, placed);
    }
  }
  return removed;
}

async function removeFrom(placed: SealedPartition, options: SupersededOptions): Promise<number> {
  const { moved, objects, currentFiles, folderOf, clock } = options;
  const runs = Map.groupBy(await objects.list(folderOf(placed)), ({ key }) => runIn(key));
  if (runs.size > 1) {
    const current = new Set((await currentFiles(placed)).map(runIn));
    // A partition that is gone from the catalog is put back by a run of its own; until then nobody knows which run
    // counts.
    if (current.size === 0) return 0;
    for (const run of current) runs.delete(run);
  } else runs.clear();
  const isOld = (files: readonly Listed[]) => files.every(({ modified }) => modified < clock() - RESTS_MS);
  const superseded = [...runs.values()];
  const old = superseded.filter(isOld).flat();
  if (old.length > 0) await objects.remove(old.map(({ key }) => key));
  if (superseded.every(isOld)) await moved.forget(placed);
  return old.length;
}

function runIn(key: string): string {
  return /\/run=([^/]+)\//.exec(key)?.[1] ?? "";
}
