/** Tables that functions add to the catalog, beside those of the template: `<home>/glue/tables.json`, rewritten for each. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { syncFile } from "../s3/objects.ts";
import type { GlueTable } from "./catalog.ts";

const columns = z.array(z.looseObject({ Name: z.string(), Type: z.string() }));
/** The TableInput of Glue's operations, and of the template. */
export const tableInput = z.looseObject({
  Name: z.string(),
  Parameters: z.record(z.string(), z.string()).default({}),
  PartitionKeys: columns.default([]),
  StorageDescriptor: z.looseObject({ Columns: columns, Location: z.string() }),
});
type TableInput = z.output<typeof tableInput>;

/** `declared` is the complete input, which readers get. */
export function toTable(database: string, declared: TableInput): GlueTable {
  const named = ({ Name, Type }: TableInput["PartitionKeys"][number]) => ({ name: Name, type: Type });
  return {
    database,
    name: declared.Name,
    columns: declared.StorageDescriptor.Columns.map(named),
    partitionKeys: declared.PartitionKeys.map(named),
    location: declared.StorageDescriptor.Location,
    parameters: declared.Parameters,
    declared,
  };
}

const stored = z.array(z.object({ database: z.string(), declared: tableInput }));

export async function readAddedTables(folder: string): Promise<GlueTable[]> {
  const text = await readFile(join(folder, "tables.json"), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "[]";
    throw error;
  });
  return stored.parse(JSON.parse(text)).map(({ database, declared }) => toTable(database, declared));
}

export async function writeAddedTables(folder: string, tables: readonly GlueTable[]): Promise<void> {
  const path = join(folder, "tables.json");
  const text = JSON.stringify(tables.map(({ database, declared }) => ({ database, declared })));
  await writeFile(`${path}.tmp`, text, { flush: true });
  await rename(`${path}.tmp`, path);
  await syncFile(folder);
}
