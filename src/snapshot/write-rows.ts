/**
 * Writes rows to the files of a snapshot: as many files as needed, none of them large, and only one in memory at a
 * time.
 */
import { createTally, type RowDigest, type RowTally } from "../sources/rows/tally.ts";
import { type Column, createRowBatch } from "./column.ts";
import { createParquetFile } from "./parquet-file.ts";

/** A row as its source delivers it: texts, null for null, and the text from which its digest is made. */
export type SourceRow = { fields: readonly (string | null)[]; text: string; nulls: number };
/** What was written: its tally, and how many values went to `_kept`, by column. */
export type Written = { tally: RowTally; kept: Record<string, number>; files: number };

/** Bytes of text; a row group in memory takes several times as much. */
const GROUP_BYTES = 4 * 1024 * 1024;
const FILE_BYTES = 32 * 1024 * 1024;

/** Writes rows; `put` gets each file when it is complete. There is no file if there are no rows. */
export async function writeRows(
  rows: AsyncIterable<readonly SourceRow[]>,
  columns: readonly Column[],
  put: (file: Uint8Array) => Promise<void>,
  digest?: RowDigest,
): Promise<Written> {
  const batch = createRowBatch(columns);
  const tally = createTally(digest);
  const kept: Record<string, number> = {};
  let file = createParquetFile(columns);
  let [files, inFile] = [0, 0];
  const endGroup = async () => {
    const rowsOfGroup = batch.rows;
    if (rowsOfGroup === 0) return;
    const taken = batch.take();
    for (const [name, count] of taken.kept) kept[name] = (kept[name] ?? 0) + count;
    await file.add(taken.cells);
    inFile += rowsOfGroup;
  };
  const endFile = async () => {
    if (inFile === 0) return;
    await put(await file.end());
    files++;
    file = createParquetFile(columns);
    inFile = 0;
  };
  for await (const some of rows) {
    for (const row of some) {
      batch.add(row.fields);
      tally.add(row.text, row.nulls);
      if (batch.bytes >= GROUP_BYTES) await endGroup();
    }
    if (file.bytes >= FILE_BYTES) await endFile();
  }
  await endGroup();
  await endFile();
  return { tally: tally.total(), kept, files };
}
