/**
 * A run: what one invocation knows about it and hands to the next, and what is reported when it is over. All of it is
 * JSON.
 */
import * as z from "zod/mini";
import { folderNameOf } from "../schemas/snapshot-source.ts";
import type { FinishedSnapshot } from "../schemas/tables/snapshot-state.ts";

const tally = z.object({ rows: z.number(), nulls: z.number(), checksum: z.string() });
const relation = z.object({ schema: z.string(), relation: z.string(), kind: z.string(), pages: z.number() });
/** A column of a table, in the database's own terms. */
export const column = z.object({
  table: z.string(),
  name: z.string(),
  notNull: z.string(),
  type: z.string(),
  typmod: z.string(),
  element: z.nullable(z.string()),
});
/** A file that is uploaded but not visible yet: S3 shows a multipart upload when it is completed. */
const upload = z.object({ key: z.string(), uploadId: z.string(), etag: z.string() });
export type Upload = z.infer<typeof upload>;

const taken = z.object({
  table: z.string(),
  tally,
  kept: z.record(z.string(), z.number()),
  skipped: z._default(z.number(), 0),
  uploads: z.array(upload),
  /** The columns of its files, as the catalog has them. */
  written: z._default(z.array(z.object({ name: z.string(), type: z.string() })), []),
});
/** What a run has taken of a table so far. */
export type TakenTable = z.infer<typeof taken>;

/** A table of which nothing has been taken yet. */
export function untaken(table: string): TakenTable {
  return { table, tally: { rows: 0, nulls: 0, checksum: "0" }, kept: {}, skipped: 0, uploads: [], written: [] };
}

const tableRun = z.extend(taken, {
  columns: z.array(column),
  relations: z.array(relation),
  /** Where to continue: in which relation, from which page. */
  at: z.object({ relation: z.number(), page: z.number() }),
});
export type TableRun = z.infer<typeof tableRun>;

export const snapshotRun = z.object({
  source: z.string(),
  run: z.string(),
  /** The instant of all tables, in epoch ms, and its partition. */
  at: z.number(),
  dt: z.string(),
  hour: z.string(),
  /** The number of the current holder; the first is 1. */
  holder: z.number(),
  tables: z.array(tableRun),
});
export type SnapshotRun = z.infer<typeof snapshotRun>;

/** What one invocation starts the next with: which run, and the snapshot to join before the first one ends. */
export const baton = z.object({ source: z.string(), run: z.string(), holder: z.number(), snapshot: z.string() });
export type Baton = z.infer<typeof baton>;

/** The folder for a run's files of a table. */
export function folderOf({ source, dt, hour }: Pick<SnapshotRun, "source" | "dt" | "hour">, table: string): string {
  return `${tableFolderOf(source, table)}dt=${dt}/hour=${hour}/`;
}

/** The folder for all snapshots of a table. */
export function tableFolderOf(source: string, table: string): string {
  return `snapshots/source=${source}/table=${folderNameOf(table)}/`;
}

/** A run as it is known afterwards. */
export type WholeRun = Omit<SnapshotRun, "tables"> & { tables: readonly TakenTable[]; isConsistent?: boolean };

export function finish(run: WholeRun, endedAt: number): FinishedSnapshot {
  const { run: id, at, dt, hour, holder, isConsistent: consistent = true } = run;
  const tables = run.tables.map(({ table, tally: { rows, checksum }, uploads, kept, skipped }) => {
    return { table, rows, checksum, files: uploads.length, kept, skipped };
  });
  return { run: id, at, dt, hour, ended_at: endedAt, holders: holder, consistent, tables };
}
