/** Translates what comes after FROM to DuckDB's SQL, with the columns that it provides. */
import { AthenaFailure } from "../athena/failure.ts";
import { compare } from "./arithmetic.ts";
import { condition, type Translate } from "./calls.ts";
import { coerce } from "./casts.ts";
import type { Name, Query, Relation } from "./parser/syntax.ts";
import { positionOf } from "./parser/tokens.ts";
import type { Column, Env, Field, Scope, Translated } from "./scope.ts";
import { mismatch, notSupported, quoteName, type Typed } from "./typed.ts";
import { bigint, commonType, inner, type Type } from "./types.ts";

/** A table: its name in DuckDB's SQL, and its columns; hidden ones are not part of `*`. */
export type Table = { sql: string; qualifier: string[]; columns: { name: string; type: Type; hidden?: boolean }[] };
/** Finds a table by the parts of its name, in lower case. */
export type Tables = (path: string[]) => Table | undefined;

type Named = ReadonlyMap<string, Column[]>;
type From = { sql: string; fields: Field[] };
type Alias = { name: string; columns: Name[] | undefined };
type Options = {
  statement: string;
  translate: Translate;
  tables: Tables;
  queryIn(query: Query, parent: Scope | undefined, named: Named): Translated;
};
type Of<K extends Relation["kind"]> = Extract<Relation, { kind: K }>;

/** Creates the translation of what comes after FROM. */
export function createRelations(options: Options) {
  const context: Context = { ...options, unique: createUnique() };
  return (one: Relation, parent: Scope | undefined, named: Named): From => relation(one, { parent, named }, context);
}

/** What all parts of a statement share. */
type Context = Options & { unique(name: string): string };
/** The context of a relation: the queries around it, and those named by WITH. */
type Enclosing = { parent: Scope | undefined; named: Named };

/** Each DuckDB alias is used only once in a statement, so that none hides another. */
function createUnique(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    let own = name;
    for (let n = 2; taken.has(own); n++) own = `${name} ${n}`;
    taken.add(own);
    return own;
  };
}

function relation(one: Relation, enclosing: Enclosing, context: Context, alias?: Alias): From {
  switch (one.kind) {
    case "aliased":
      return relation(one.relation, enclosing, context, { name: one.alias, columns: one.columns });
    case "table":
      return table(one, enclosing, context, alias);
    case "query": {
      const { sql, columns } = context.queryIn(one.query, enclosing.parent, enclosing.named);
      return aliased({ sql: `(${sql})`, columns, qualifier: alias ? [alias.name] : [] }, alias, context);
    }
    case "unnest":
      return unnest(one, enclosing, context, alias);
    case "join":
      if (alias) throw notSupported("an alias of a join");
      return join(one, enclosing, context);
  }
}

function table({ path, at }: Of<"table">, { named }: Enclosing, context: Context, alias: Alias | undefined): From {
  const [name = ""] = path;
  const query = path.length === 1 ? named.get(name) : undefined;
  if (query) {
    const qualifier = [alias?.name ?? name];
    return aliased({ sql: quoteName(name), columns: query, qualifier }, alias ?? { name, columns: undefined }, context);
  }
  const found = context.tables(path);
  if (!found) {
    const position = positionOf(context.statement, at);
    throw new AthenaFailure("TABLE_NOT_FOUND", `${position}: Table '${path.join(".")}' does not exist`);
  }
  const columns = found.columns.map((column) => ({ ...column, as: quoteName(column.name) }));
  const qualifier = alias ? [alias.name] : found.qualifier;
  const own = alias ?? { name: path.at(-1) ?? "", columns: undefined };
  return aliased({ sql: found.sql, columns, qualifier }, own, context);
}

type Source = { sql: string; columns: (Column & { hidden?: boolean })[]; qualifier: string[] };

function aliased({ sql, columns, qualifier }: Source, alias: Alias | undefined, { unique }: Context): From {
  const own = quoteName(unique(alias?.name ?? "_query"));
  const visible = columns.filter(({ hidden }) => !hidden).length;
  if (alias?.columns && alias.columns.length !== visible)
    throw mismatch(`Column alias list has ${alias.columns.length} entries but '${alias.name}' has ${visible} columns`);
  const fields = columns.map(({ name, as, type, hidden }, i): Field => {
    const renamed = alias?.columns ? alias.columns[i]?.text : name;
    return { name: renamed ?? name, qualifier, type, sql: `${own}.${as}`, ...(hidden && { hidden }) };
  });
  return { sql: `${sql} AS ${own}`, fields };
}

/**
 * Rows of arrays and maps side by side; shorter ones are filled up with NULL. `left` are the columns of a join's left
 * side.
 */
function unnest(
  { values, ordinality }: Of<"unnest">,
  { parent, named }: Enclosing,
  context: Context,
  alias: Alias | undefined,
  left?: Field[],
): From {
  const env = envOf({ fields: left ?? [], parent }, named, context);
  const lists = values.flatMap((one) => listsOf(context.translate(one, env)));
  const types = [...lists.map(({ type }) => inner(type)), ...(ordinality ? [bigint] : [])];
  const columns = types.map((type, i): Column => ({ name: undefined, as: quoteName(`_col${i}`), type }));
  const longest = `greatest(${lists.map(({ sql }) => `len(${sql})`).join(", ")})`;
  const parts = [...lists.map(({ sql }) => sql), ...(ordinality ? [`range(CAST(1 AS BIGINT), ${longest} + 1)`] : [])];
  const names = columns.map(({ as }) => as).join(", ");
  const { sql, fields } = aliased({ sql: "", columns, qualifier: alias ? [alias.name] : [] }, alias, context);
  const own = sql.replace(/^ AS /, "");
  if (parts.length === 1) return { sql: `UNNEST(${parts[0]}) AS ${own}(${names})`, fields };
  const rows = `(SELECT ${parts.map((part) => `unnest(${part})`).join(", ")}) AS ${own}(${names})`;
  return { sql: left ? `LATERAL ${rows}` : rows, fields };
}

function envOf(scope: Scope, named: Named, { queryIn }: Context): Env {
  return { scope, windows: new Map(), names: new Map(), query: (query, at) => queryIn(query, at, named) };
}

function join(one: Of<"join">, enclosing: Enclosing, context: Context): From {
  const left = relation(one.left, enclosing, context);
  const right = joined(one.right, left, enclosing, context);
  const fields = [...left.fields, ...right.fields];
  if (one.type === "CROSS") return { sql: `${left.sql} CROSS JOIN ${right.sql}`, fields };
  const words = one.type === "INNER" ? "JOIN" : `${one.type} JOIN`;
  const sides = `${left.sql} ${words} ${right.sql}`;
  if (one.using) {
    const merged = one.using.map((name) => usingColumn(one.type, name, left.fields, right.fields));
    const isMerged = (field: Field) => one.using?.includes(field.name ?? "") && !field.hidden;
    const rest = fields.map((field) => (isMerged(field) ? { ...field, hidden: true, name: undefined } : field));
    return {
      sql: `${sides} ON ${merged.map(({ on }) => on).join(" AND ")}`,
      fields: [...merged.map(({ field }) => field), ...rest],
    };
  }
  const env = envOf({ fields, parent: enclosing.parent }, enclosing.named, context);
  return { sql: `${sides} ON ${one.on ? condition(one.on, env, context.translate) : "true"}`, fields };
}

/** The right side of a join; UNNEST sees the columns of the left side. */
function joined(one: Relation, left: From, enclosing: Enclosing, context: Context): From {
  const inside = one.kind === "aliased" ? one.relation : one;
  if (inside.kind === "unnest") {
    const alias = one.kind === "aliased" ? { name: one.alias, columns: one.columns } : undefined;
    return unnest(inside, enclosing, context, alias, left.fields);
  }
  const right = relation(one, enclosing, context);
  return inside.kind === "join" ? { ...right, sql: `(${right.sql})` } : right;
}

/** The arrays that UNNEST turns into columns; a map yields two. */
function listsOf({ type, sql }: Typed): Typed[] {
  if (type.name === "map")
    return ["map_keys", "map_values"].map((name, i) => ({
      type: { name: "array", of: [inner(type, i)] },
      sql: `${name}(${sql})`,
    }));
  if (type.name !== "array") throw mismatch("Cannot unnest what is neither an array nor a map");
  if (inner(type).name === "row") throw notSupported("UNNEST of rows");
  return [{ type, sql }];
}

/** A column that both sides of a join have. */
function usingColumn(type: string, name: string, left: Field[], right: Field[]): { on: string; field: Field } {
  const [a, b] = [left, right].map((fields) => {
    const found = fields.filter((field) => field.name === name && !field.hidden);
    if (found.length === 1 && found[0]) return found[0];
    throw new AthenaFailure("COLUMN_NOT_FOUND", `Column '${name}' is missing from a side of the join, or ambiguous`);
  });
  const common = a && b && commonType(a.type, b.type);
  if (!a || !b || !common) throw mismatch(`Column types of '${name}' differ`);
  const [x, y] = [coerce(a, common), coerce(b, common)];
  const sql = type === "FULL" ? `coalesce(${x}, ${y})` : type === "RIGHT" ? y : x;
  return { on: compare("=", a, b), field: { name, qualifier: [], type: common, sql } };
}
