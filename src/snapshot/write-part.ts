/**
 * Writes part of a table, or all of it, to the files of a run. It is accepted only if the source itself has counted the
 * same.
 */
import { addTallies, type RowDigest, type RowTally, tallyProblem } from "../sources/rows/tally.ts";
import type { Column } from "./column.ts";
import { lakeColumns } from "./lake-tables.ts";
import { finish, folderOf, type SnapshotRun, type TakenTable, type WholeRun } from "./run.ts";
import { showTables } from "./show-tables.ts";
import type { Step, Surroundings } from "./surroundings.ts";
import { type SourceRow, writeRows } from "./write-rows.ts";

export type TablePart = {
  run: Pick<SnapshotRun, "source" | "run" | "dt" | "hour">;
  /** What was taken of the table so far; this part is added to it. */
  table: TakenTable;
  columns: readonly Column[];
  rows: AsyncIterable<readonly SourceRow[]>;
  counted(): Partial<RowTally> | Promise<Partial<RowTally>>;
  /** With what the source digests rows; MD5 if it does not say. */
  digest?: RowDigest | undefined;
};

/** Throws an Error if rows are missing, surplus or different. */
export async function writePart(part: TablePart, upload: Surroundings["upload"]): Promise<void> {
  const { run, table, columns, rows, counted, digest } = part;
  table.written = lakeColumns(columns);
  const put = async (file: Uint8Array) => {
    const number = String(table.uploads.length).padStart(5, "0");
    table.uploads.push(await upload(`${folderOf(run, table.table)}${run.run}-${number}.parquet`, file));
  };
  const written = await writeRows(rows, columns, put, digest);
  const problem = tallyProblem(written.tally, await counted());
  if (problem !== undefined) throw new Error(`Cannot trust a part of ${table.table}: ${problem}`);
  table.tally = addTallies(table.tally, written.tally);
  for (const [name, count] of Object.entries(written.kept)) table.kept[name] = (table.kept[name] ?? 0) + count;
}

/** Makes the files of a complete run appear, and its tables show them. */
export async function placeRun(
  run: WholeRun,
  { place, catalog, clock }: Pick<Surroundings, "place" | "catalog" | "clock">,
): Promise<Step> {
  await place(
    run.tables.flatMap(({ uploads }) => uploads),
    run.tables.map(({ table }) => folderOf(run, table)),
  );
  await showTables(run, catalog);
  return { finished: finish(run, clock()) };
}
