/** Shows the tables of a complete run in the catalog, where `npm run sql`, Athena and others find them. */
import { allColumns, type LakeColumn, type LakeTable, lakeName } from "./lake-tables.ts";
import { folderOf, tableFolderOf, type WholeRun } from "./run.ts";

/** The catalog: `find` gives the columns of a table, and the first day that it has. */
export type Catalog = {
  find(name: string): Promise<{ columns: LakeColumn[]; from: string | undefined } | undefined>;
  put(table: LakeTable): Promise<void>;
};

/** The columns that earlier snapshots of a table have. */
export async function knownColumns(catalog: Catalog, source: string, table: string): Promise<LakeColumn[]> {
  return (await catalog.find(`snapshot_${lakeName(source, table)}`))?.columns ?? [];
}

export async function showTables(run: WholeRun, catalog: Catalog): Promise<void> {
  for (const { table, written: columns } of run.tables) {
    const name = lakeName(run.source, table);
    const known = await catalog.find(`snapshot_${name}`);
    const from = [known?.from ?? run.dt, run.dt].toSorted()[0] ?? run.dt;
    const all = allColumns(known?.columns ?? [], columns);
    await catalog.put({ name: `snapshot_${name}`, columns: all, folder: tableFolderOf(run.source, table), from });
    await catalog.put({ name: `latest_${name}`, columns, folder: folderOf(run, table) });
  }
}
