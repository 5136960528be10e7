/**
 * Which tables and columns a run takes, from its settings and from what the database has. Throws an Error for what is
 * missing.
 */
import * as z from "zod/mini";
import type { SnapshotSource, SnapshotTable } from "../schemas/snapshot-source.ts";
import { column, type TableRun, untaken } from "./run.ts";

type Row = Record<string, string | null>;

const relation = z.object({
  table: z.string(),
  schema: z.string(),
  relation: z.string(),
  kind: z.string(),
  pages: z.string(),
});

/** The tables of a run before any of their rows are read. */
export function planTables(settings: SnapshotSource, found: readonly Row[], columns: readonly Row[]): TableRun[] {
  const relations = z.array(relation).parse(found);
  const known = z.array(column).parse(columns);
  return settings.tables.map((table) => ({
    ...untaken(table.table),
    columns: chosenColumns(
      table,
      known.filter((one) => one.table === table.table),
    ),
    relations: relations
      .filter((one) => one.table === table.table)
      .map(({ schema, relation, kind, pages }) => ({ schema, relation, kind, pages: Number(pages) })),
    at: { relation: 0, page: 0 },
  }));
}

/** The columns of a table that the settings name or, if they name none, all that are not hidden unless named. */
export function chosenColumns<C extends { name: string; isHidden?: boolean }>(
  { table, columns, pseudonyms = [] }: SnapshotTable,
  all: readonly C[],
): C[] {
  const names = new Set(all.map(({ name }) => name));
  const missing = [...(columns ?? []), ...pseudonyms].filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`Cannot take a snapshot of ${table}: it has no column ${missing.join(", ")}`);
  return all.filter(({ name, isHidden = false }) => (columns === undefined ? !isHidden : columns.includes(name)));
}
