/** What stands after FROM, as DuckDB's, and the columns that it gives. */
import { AthenaFailure } from "../athena/failure.ts";
import { compare } from "./arithmetic.ts";
import { condition, type Translate } from "./calls.ts";
import { coerce } from "./casts.ts";
import type { Name, Query, Relation } from "./parser/syntax.ts";
import { placeOf } from "./parser/tokens.ts";
import type { Column, Env, Field, Scope, Translated } from "./scope.ts";
import { mismatch, notSupported, quoteName, type Typed } from "./typed.ts";
import { bigint, commonType, inner, type Type } from "./types.ts";

/** A table: how DuckDB's SQL names it, and its columns; those that are hidden are not part of `*`. */
export type Table = { sql: string; qualifier: string[]; columns: { name: string; type: Type; hidden?: boolean }[] };
/** Finds a table by the path of its name, in lower case. */
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

/** Makes the translation of what stands after FROM. */
export function createRelations({ statement, translate, tables, queryIn }: Options) {
  /** Aliases of DuckDB's are used once in a statement, so that none hides another. */
  const taken = new Set<string>();
  function unique(name: string): string {
    let own = name;
    for (let n = 2; taken.has(own); n++) own = `${name} ${n}`;
    taken.add(own);
    return own;
  }

  function relation(one: Relation, parent: Scope | undefined, named: Named, alias?: Alias): From {
    switch (one.kind) {
      case "aliased":
        return relation(one.relation, parent, named, { name: one.alias, columns: one.columns });
      case "table":
        return table(one, named, alias);
      case "query": {
        const { sql, columns } = queryIn(one.query, parent, named);
        return aliased(`(${sql})`, columns, alias, alias ? [alias.name] : []);
      }
      case "unnest":
        return unnest(one, { fields: [], parent }, named, alias, true);
      case "join":
        if (alias) throw notSupported("an alias of a join");
        return join(one, parent, named);
    }
  }

  function table({ path, at }: Of<"table">, named: Named, alias: Alias | undefined): From {
    const [name = ""] = path;
    const query = path.length === 1 ? named.get(name) : undefined;
    if (query) return aliased(quoteName(name), query, alias ?? { name, columns: undefined }, [alias?.name ?? name]);
    const found = tables(path);
    if (!found)
      throw new AthenaFailure("TABLE_NOT_FOUND", `${placeOf(statement, at)}: Table '${path.join(".")}' does not exist`);
    const columns = found.columns.map((column) => ({ ...column, as: quoteName(column.name) }));
    const qualifier = alias ? [alias.name] : found.qualifier;
    return aliased(found.sql, columns, alias ?? { name: path.at(-1) ?? "", columns: undefined }, qualifier);
  }

  function aliased(
    sql: string,
    columns: (Column & { hidden?: boolean })[],
    alias: Alias | undefined,
    qualifier: string[],
  ): From {
    const own = quoteName(unique(alias?.name ?? "_query"));
    const visible = columns.filter(({ hidden }) => !hidden).length;
    if (alias?.columns && alias.columns.length !== visible)
      throw mismatch(
        `Column alias list has ${alias.columns.length} entries but '${alias.name}' has ${visible} columns`,
      );
    const fields = columns.map(({ name, as, type, hidden }, i): Field => {
      const renamed = alias?.columns ? alias.columns[i]?.text : name;
      return { name: renamed ?? name, qualifier, type, sql: `${own}.${as}`, ...(hidden && { hidden }) };
    });
    return { sql: `${sql} AS ${own}`, fields };
  }

  /** Rows of arrays and maps side by side, the shorter ones filled up with NULL. */
  function unnest(
    { values, ordinality }: Of<"unnest">,
    scope: Scope,
    named: Named,
    alias: Alias | undefined,
    isFirst: boolean,
  ): From {
    const env = envOf(scope, named);
    const lists = values.flatMap((one) => listsOf(translate(one, env)));
    const types = [...lists.map(({ type }) => inner(type)), ...(ordinality ? [bigint] : [])];
    const columns = types.map((type, i): Column => ({ name: undefined, as: quoteName(`_col${i}`), type }));
    const longest = `greatest(${lists.map(({ sql }) => `len(${sql})`).join(", ")})`;
    const parts = [...lists.map(({ sql }) => sql), ...(ordinality ? [`range(CAST(1 AS BIGINT), ${longest} + 1)`] : [])];
    const names = columns.map(({ as }) => as).join(", ");
    const { sql, fields } = aliased("", columns, alias, alias ? [alias.name] : []);
    const own = sql.replace(/^ AS /, "");
    if (parts.length === 1) return { sql: `UNNEST(${parts[0]}) AS ${own}(${names})`, fields };
    const rows = `(SELECT ${parts.map((part) => `unnest(${part})`).join(", ")}) AS ${own}(${names})`;
    return { sql: isFirst ? rows : `LATERAL ${rows}`, fields };
  }

  function envOf(scope: Scope, named: Named): Env {
    return { scope, windows: new Map(), names: new Map(), query: (query, at) => queryIn(query, at, named) };
  }

  function join(one: Of<"join">, parent: Scope | undefined, named: Named): From {
    const left = relation(one.left, parent, named);
    const right = joined(one.right, left, parent, named);
    const fields = [...left.fields, ...right.fields];
    if (one.type === "CROSS") return { sql: `${left.sql} CROSS JOIN ${right.sql}`, fields };
    const words = one.type === "INNER" ? "JOIN" : `${one.type} JOIN`;
    if (one.using) {
      const merged = one.using.map((name) => usingColumn(one.type, name, left.fields, right.fields));
      const on = merged.map(({ on }) => on).join(" AND ");
      const isMerged = (field: Field) => one.using?.includes(field.name ?? "") && !field.hidden;
      const rest = fields.map((field) => (isMerged(field) ? { ...field, hidden: true, name: undefined } : field));
      return {
        sql: `${left.sql} ${words} ${right.sql} ON ${on}`,
        fields: [...merged.map(({ field }) => field), ...rest],
      };
    }
    const env = envOf({ fields, parent }, named);
    const on = one.on ? condition(one.on, env, translate) : "true";
    return { sql: `${left.sql} ${words} ${right.sql} ON ${on}`, fields };
  }

  /** The right side of a join; UNNEST sees the columns of the left one. */
  function joined(one: Relation, left: From, parent: Scope | undefined, named: Named): From {
    const inside = one.kind === "aliased" ? one.relation : one;
    if (inside.kind === "unnest") {
      const alias = one.kind === "aliased" ? { name: one.alias, columns: one.columns } : undefined;
      return unnest(inside, { fields: left.fields, parent }, named, alias, false);
    }
    const right = relation(one, parent, named);
    return inside.kind === "join" ? { ...right, sql: `(${right.sql})` } : right;
  }

  return (one: Relation, parent: Scope | undefined, named: Named): From => relation(one, parent, named);
}

/** The arrays of which UNNEST makes columns: two of a map. */
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

/** The column that both sides of a join have. */
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
