/** What the table knows about a source's snapshots: the last complete one, and what went wrong since. */
import * as z from "zod/mini";

export const finishedSnapshot = z.object({
  run: z.string(),
  /** The instant of all its tables, in epoch ms, and its partition. */
  at: z.number(),
  dt: z.string(),
  hour: z.string(),
  ended_at: z.number(),
  holders: z.number(),
  /** Whether all its tables are of that instant. */
  consistent: z._default(z.boolean(), true),
  tables: z.array(
    z.object({
      table: z.string(),
      rows: z.number(),
      /** The sum of a digest of each row: by the database itself if it can, otherwise of the rows that were read. */
      checksum: z.string(),
      files: z.number(),
      /** How many values their columns cannot hold, by column. */
      kept: z.record(z.string(), z.number()),
      /** How many rows went away while they were read, in a source that shows no instant. */
      skipped: z._default(z.number(), 0),
    }),
  ),
});
export type FinishedSnapshot = z.infer<typeof finishedSnapshot>;

/** A run that failed after the last complete one. */
export const failedSnapshot = z.object({ at: z.number(), message: z.string() });
export type FailedSnapshot = z.infer<typeof failedSnapshot>;

/** A run that an invocation (`by`) takes, from `now` until `until` (epoch ms) at the latest. */
export type RunClaim = { by: string; run: string; now: number; until: number };

export type SnapshotState = { source: string; last: FinishedSnapshot | undefined; failed: FailedSnapshot | undefined };
