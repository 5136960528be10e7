/**
 * What names mean within a query, resolved as in Trino: first the columns of FROM, then those of the queries around.
 */
import { AthenaFailure } from "../athena/failure.ts";
import type { Over, Query } from "./parser/syntax.ts";
import type { Typed } from "./typed.ts";
import type { Type } from "./types.ts";

/** A column of FROM. `qualifier` is what may come before its name, for instance ["daymark", "events"]. */
export type Field = {
  name: string | undefined;
  qualifier: string[];
  type: Type;
  sql: string;
  /** Not part of `*`. */
  hidden?: boolean;
};
export type Scope = { fields: Field[]; parent: Scope | undefined };
/** A column of a query's result: its names in Trino and in DuckDB's SQL. */
export type Column = { name: string | undefined; as: string; type: Type };
export type Translated = { sql: string; columns: Column[] };

/** The context of an expression. */
export type Env = {
  scope: Scope;
  windows: Map<string, Over>;
  /** Parameters of lambdas and, in ORDER BY, the columns of the result. */
  names: Map<string, Typed>;
  /** A query within the expression. */
  query(query: Query, scope: Scope): Translated;
};

/** The column that a path of names refers to, and the remaining names, which are fields of a row. */
export function findColumn(scope: Scope, path: string[]): { field: Field; rest: string[] } {
  for (let at: Scope | undefined = scope; at; at = at.parent)
    for (let before = Math.min(path.length - 1, 3); before >= 0; before--) {
      const found = at.fields.filter((field) => isNamed(field, path, before));
      const [field] = found;
      if (found.length > 1) throw new AthenaFailure("AMBIGUOUS_NAME", `Column '${path.join(".")}' is ambiguous`);
      if (field) return { field, rest: path.slice(before + 1) };
    }
  throw new AthenaFailure("COLUMN_NOT_FOUND", `Column '${path.join(".")}' cannot be resolved`);
}

/** Whether the field is part number `before` of the path, with the parts before it as its qualifier. */
function isNamed({ name, qualifier }: Field, path: string[], before: number): boolean {
  return name === path[before] && hasQualifier(qualifier, path.slice(0, before));
}

export function hasQualifier(qualifier: string[], given: string[]): boolean {
  return given.every((part, i) => part === qualifier[qualifier.length - given.length + i]);
}
