/**
 * A snapshot of an RDB file, which Redis has written of one instant: that instant, and its checksum, are the file's. A
 * table is the number of a database.
 */
import type { SnapshotSource, SnapshotTable } from "../../schemas/snapshot-source.ts";
import { keyColumns, keyRow } from "../../sources/redis/key-row.ts";
import { createRdbReader } from "../../sources/redis/rdb/read-rdb.ts";
import { chosenColumns } from "../plan-tables.ts";
import { type Sight, takeAtOnce, type WholeTable } from "../run-at-once.ts";
import type { Step, Surroundings } from "../surroundings.ts";
import type { SourceRow } from "../write-rows.ts";

type Open = () => Promise<AsyncIterable<Buffer>>;

/** Takes a run. The file is read once for each of its tables, and its beginning once more. */
export function takeRdb(settings: SnapshotSource, open: Open, around: Surroundings): Promise<Step> {
  return takeAtOnce(settings, () => openFile(open, settings), around);
}

async function openFile(open: Open, { source, tables }: SnapshotSource): Promise<Sight> {
  const { facts, take } = createRdbReader();
  for await (const chunk of await open()) {
    take(chunk);
    if (facts.at !== undefined) break;
  }
  if (facts.at === undefined)
    throw new Error(`Cannot take a snapshot of ${source}: its file does not say of when it is`);
  return { at: facts.at, isConsistent: true, tables: tables.map((table) => planDatabase(open, table)) };
}

function planDatabase(open: Open, settings: SnapshotTable): WholeTable {
  const columns = chosenColumns(settings, keyColumns);
  const chosen = columns.map((column) => keyColumns.indexOf(column));
  const { table } = settings;
  const { facts, take, end } = createRdbReader();
  const expired = () => facts.expired.get(table) ?? 0;
  const rowsOf = (keys: ReturnType<typeof take>): SourceRow[] =>
    keys.filter(({ database }) => database === table).map((key) => keyRow(key, chosen));
  return {
    table,
    columns,
    async *rows() {
      for await (const chunk of await open()) yield rowsOf(take(chunk));
      yield rowsOf(end());
    },
    // The file says how many keys a database has, if it has any.
    counted: () => ({ rows: (facts.sizes.get(table) ?? 0) - expired() }),
    skipped: expired,
  };
}
