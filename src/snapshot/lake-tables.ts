/**
 * A snapshot's tables in the catalog: `snapshot_<source>_<table>` has all snapshots, and `latest_<source>_<table>` the last
 * one. The latter moves to another folder by one write to the catalog, so a query sees a snapshot whole or not at all.
 */
import { catalogNameOf } from "../schemas/snapshot-source.ts";
import type { Kind } from "../sources/rows/kind.ts";
import { type Column, KEPT } from "./column.ts";

/** A column, its type as Hive and Glue write it. */
export type LakeColumn = { name: string; type: string };
export type LakeTable = {
  name: string;
  columns: LakeColumn[];
  /** Where its files are, as a key in the lake's bucket. */
  folder: string;
  /** Of the table of all snapshots: the first day that it can have. */
  from?: string;
};

/** Its name in the catalog, without `snapshot_` or `latest_`. */
export function lakeName(source: string, table: string): string {
  return `${catalogNameOf(source)}_${catalogNameOf(table)}`;
}

/** The columns that a file has. */
export function lakeColumns(columns: readonly Column[]): LakeColumn[] {
  return [...columns.map(({ name, kind }) => ({ name, type: typeOf(kind) })), { name: KEPT, type: "string" }];
}

function typeOf(kind: Kind): string {
  if (kind.is === "array") return `array<${typeOf(kind.of)}>`;
  return kind.is === "decimal" ? `decimal(${kind.precision},${kind.scale})` : kind.is;
}

/**
 * The columns as they are written where files have others already: one that has another type by now is written under a
 * name of its own, such as `name__2`, because no reader can take a column for both.
 */
export function besideKnown(columns: readonly Column[], known: readonly LakeColumn[]): Column[] {
  const types = new Map(known.map(({ name, type }) => [name, type]));
  const taken = new Set(columns.map(({ name }) => name));
  return columns.map((column) => {
    const type = typeOf(column.kind);
    const fits = (name: string) => (types.get(name) ?? type) === type;
    let { name } = column;
    for (let n = 2; !fits(name) || (name !== column.name && taken.has(name)); n++) name = `${column.name}__${n}`;
    taken.add(name);
    return { ...column, name };
  });
}

/** All columns that files have, those of `known` first. */
export function allColumns(known: readonly LakeColumn[], columns: readonly LakeColumn[]): LakeColumn[] {
  const names = new Set(known.map(({ name }) => name));
  return [...known, ...columns.filter(({ name }) => !names.has(name))];
}
