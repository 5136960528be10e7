/** A snapshot is taken by a user that can only read, so that nothing in it can harm the database. */
import type { SnapshotSource } from "../../schemas/snapshot-source.ts";

/** Throws an Error for a user that may write, unless the source allows one. `found` says what it may write, if anything. */
export function refuseWriter({ source, mayWrite }: SnapshotSource, found: string | undefined): void {
  if (found === undefined || mayWrite === true) return;
  throw new Error(`Cannot take a snapshot of ${source}: ${found}; give it one that can only read`);
}
