/** Translates Trino's queries to DuckDB's, with the types of their columns. */
import { AthenaFailure } from "../athena/failure.ts";
import { common, condition, direction, keySql, orderKey, type Translate } from "./calls.ts";
import { coerce } from "./casts.ts";
import { createExpressions } from "./expressions.ts";
import type { Body, Expression, Grouping, Name, Query, Select, SelectItem, SortItem } from "./parser/syntax.ts";
import { positionOf } from "./parser/tokens.ts";
import { createRelations, type Tables } from "./relations.ts";
import { type Column, type Env, hasQualifier, type Scope, type Translated } from "./scope.ts";
import { mismatch, notSupported, quoteName, requireDistinguishable, type Typed } from "./typed.ts";
import { commonType, duckdbType, type Type, unknown } from "./types.ts";

type Item = Typed & { name: string | undefined };
type Result = Translated & { orderBy?: (order: readonly SortItem[]) => string };

/** Translates a query of `statement` that uses the tables of `tables`. */
export function translateQuery(statement: string, query: Query, tables: Tables): Translated & { shown: string[] } {
  const translate = createExpressions(statement);
  const inside = (one: Query, parent: Scope | undefined, named: Named) => queryIn(one, { parent, named }, context);
  const relations = createRelations({ statement, translate, tables, queryIn: inside });
  const context: Context = { statement, translate, relations };
  const { sql, columns } = queryIn(query, { parent: undefined, named: new Map() }, context);
  return { sql, columns, shown: columns.map(({ name }, i) => topName(query.body, i) ?? name ?? `_col${i}`) };
}

/** What all parts of a statement share. */
type Context = { statement: string; translate: Translate; relations: ReturnType<typeof createRelations> };
/** The context of a query: the query around it, and the queries named by WITH, here and further out. */
type Enclosing = { parent: Scope | undefined; named: Named };
type Named = ReadonlyMap<string, Column[]>;

function queryIn(query: Query, { parent, named }: Enclosing, context: Context): Translated {
  const names = new Map(named);
  const enclosing = { parent, named: names };
  const parts = query.with.map(({ name, columns, query }) => {
    const made = queryIn(query, enclosing, context);
    const own = renamed(made.columns, columns);
    names.set(name.text, own);
    return `${quoteName(name.text)}(${own.map(({ as }) => as).join(", ")}) AS (${made.sql})`;
  });
  const body = bodyIn(query.body, enclosing, context);
  const order =
    query.order.length > 0 ? ` ORDER BY ${body.orderBy?.(query.order) ?? orderColumns(query.order, body.columns)}` : "";
  const limit = query.limit === undefined ? "" : ` LIMIT ${query.limit}`;
  const offset = query.offset === undefined ? "" : ` OFFSET ${query.offset}`;
  const before = parts.length > 0 ? `WITH ${parts.join(", ")} ` : "";
  return { sql: `${before}${body.sql}${order}${limit}${offset}`, columns: body.columns };
}

function bodyIn(body: Body, enclosing: Enclosing, context: Context): Result {
  if (body.kind === "select") return select(body, enclosing, context);
  if (body.kind === "nested") {
    const { sql, columns } = queryIn(body.query, enclosing, context);
    return { sql: `(${sql})`, columns };
  }
  const env = envOf({ fields: [], parent: enclosing.parent }, enclosing.named, context);
  if (body.kind === "values") return values(body.rows, env, context.translate);
  return setOf(body.operator, body.all, bodyIn(body.left, enclosing, context), bodyIn(body.right, enclosing, context));
}

function envOf(scope: Scope, named: Named, context: Context, windows: Select["windows"] = new Map()): Env {
  const query = (one: Query, parent: Scope | undefined) => queryIn(one, { parent, named }, context);
  return { scope, windows, names: new Map(), query };
}

function select(body: Select, { parent, named }: Enclosing, context: Context): Result {
  const { relations, translate } = context;
  const from = body.from && relations(body.from, parent, named);
  const env = envOf({ fields: from?.fields ?? [], parent }, named, context, body.windows);
  const items = body.items.flatMap((item) => itemsOf(item, env, context));
  const columns = columnsOf(items);
  if (body.distinct) for (const { type } of columns) requireDistinguishable(type);
  const list = items.map((item, i) => `${item.type.name === "unknown" ? "NULL" : item.sql} AS ${columns[i]?.as}`);
  const parts = [`SELECT ${body.distinct ? "DISTINCT " : ""}${list.join(", ")}`];
  if (from) parts.push(`FROM ${from.sql}`);
  if (body.where) parts.push(`WHERE ${condition(body.where, env, translate)}`);
  if (body.groups) parts.push(`GROUP BY ${body.groups.map((one) => grouping(one, items, env, translate)).join(", ")}`);
  if (body.having) parts.push(`HAVING ${condition(body.having, env, translate)}`);
  const orderBy = (order: readonly SortItem[]) =>
    orderItems(order, items, body.distinct, (key, names) => translate(key, { ...env, names }));
  return { sql: parts.join(" "), columns, orderBy };
}

function itemsOf(item: SelectItem, env: Env, { statement, translate }: Context): Item[] {
  if (item.kind === "expression") {
    const value = translate(item.value, env);
    const own = item.alias ?? lastName(item.value);
    return [{ ...value, name: own?.text }];
  }
  const { qualifier = [] } = item;
  const fields = env.scope.fields.filter((field) => !field.hidden && hasQualifier(field.qualifier, qualifier));
  if (fields.length > 0) return fields.map(({ name, type, sql }) => ({ type, sql, name }));
  throw new AthenaFailure("SYNTAX_ERROR", `${positionOf(statement, item.at)}: SELECT * needs columns in FROM`);
}

function grouping(group: Grouping, items: readonly Item[], env: Env, translate: Translate): string {
  const key = (one: Expression) => keySql(itemAt(one, items) ?? translate(one, env));
  if (group.kind === "expression") return groupKey(group.value, key);
  return `${group.type} (${group.sets.map((set) => `(${set.map(key).join(", ")})`).join(", ")})`;
}

/** The result's columns take precedence over those of FROM, which `translate` finds. */
function orderItems(
  order: readonly SortItem[],
  items: readonly Item[],
  isDistinct: boolean,
  translate: (key: Expression, names: Map<string, Typed>) => Typed,
): string {
  const named = items.filter(({ name }) => name !== undefined);
  const names = new Map<string, Typed>(named.map((item) => [item.name ?? "", item]));
  return order
    .map((item) => {
      const at = indexIn(item.key, items);
      if (at !== undefined) return `${orderIndex(at, items)}${direction(item)}`;
      if (isDistinct) throw notSupported("ORDER BY something that SELECT DISTINCT does not have");
      return `${orderKey(translate(item.key, names))}${direction(item)}`;
    })
    .join(", ");
}

/** The name, as it was written, of a column of the outermost SELECT. */
function topName(body: Body, index: number): string | undefined {
  if (body.kind === "set") return topName(body.left, index);
  if (body.kind === "nested") return topName(body.query.body, index);
  if (body.kind !== "select" || body.items.some(({ kind }) => kind === "all")) return undefined;
  const item = body.items[index];
  return item?.kind === "expression" ? (item.alias ?? lastName(item.value))?.shown : undefined;
}

function lastName(expression: Expression): Name | undefined {
  if (expression.kind === "column") return expression.path.at(-1);
  return expression.kind === "field" ? expression.name : undefined;
}

/** A unique DuckDB name for each column. */
function columnsOf(items: readonly { name: string | undefined; type: Type }[]): Column[] {
  const taken = new Set<string>();
  return items.map(({ name, type }, i) => {
    let as = name ?? `_col${i}`;
    while (taken.has(as)) as = `${as} ${i}`;
    taken.add(as);
    return { name, type, as: quoteName(as) };
  });
}

function renamed(columns: Column[], names: Name[] | undefined): Column[] {
  if (!names) return columns;
  if (names.length !== columns.length)
    throw mismatch(`Column alias list has ${names.length} entries but the query has ${columns.length} columns`);
  return columnsOf(columns.map(({ type }, i) => ({ name: names[i]?.text, type })));
}

/** The item that a number in GROUP BY refers to. */
function itemAt(key: Expression, items: readonly Item[]): Item | undefined {
  if (key.kind !== "number" || !/^\d+$/.test(key.text)) return undefined;
  const item = items[Number(key.text) - 1];
  if (item) return item;
  throw new AthenaFailure("INVALID_COLUMN_REFERENCE", `GROUP BY position ${key.text} is not in select list`);
}

/** Several keys in parentheses are separate keys. */
function groupKey(value: Expression, key: (one: Expression) => string): string {
  return value.kind === "row" ? value.items.map(key).join(", ") : key(value);
}

/** Which column of the result, counted from 1, a key of ORDER BY is. */
function indexIn(key: Expression, columns: readonly { name: string | undefined; type: Type }[]): number | undefined {
  if (key.kind === "number" && /^\d+$/.test(key.text)) {
    const at = Number(key.text);
    if (at < 1 || at > columns.length)
      throw new AthenaFailure("INVALID_COLUMN_REFERENCE", `ORDER BY position ${at} is not in select list`);
    return at;
  }
  if (key.kind !== "column" || key.path.length > 1) return undefined;
  const found = columns.flatMap(({ name }, i) => (name === key.path[0]?.text ? [i + 1] : []));
  return found[0];
}

function orderIndex(at: number, columns: readonly { type: Type }[]): string {
  return orderKey({ type: columns[at - 1]?.type ?? unknown, sql: String(at) });
}

function orderColumns(order: readonly SortItem[], columns: readonly Column[]): string {
  return order
    .map((item) => {
      const at = indexIn(item.key, columns);
      if (at === undefined) throw notSupported("ORDER BY an expression after UNION, INTERSECT, EXCEPT or VALUES");
      return `${orderIndex(at, columns)}${direction(item)}`;
    })
    .join(", ");
}

function values(rows: readonly Expression[], env: Env, translate: Translate): Result {
  const all = rows.map((row) => (row.kind === "row" ? row.items : [row]).map((one) => translate(one, env)));
  if (rows.some((row, i) => row.kind !== "row" && all[i]?.[0]?.type.name === "row"))
    throw notSupported("rows in VALUES");
  const width = all[0]?.length ?? 0;
  if (all.some((row) => row.length !== width)) throw mismatch("Values rows have mismatched sizes");
  const types = Array.from({ length: width }, (_, i) =>
    common(
      all.flatMap((row) => row[i] ?? []),
      "Values rows have mismatched types",
    ),
  );
  const columns = columnsOf(types.map((type) => ({ name: undefined, type })));
  const lines = all.map((row) => `(${row.map((value, i) => coerce(value, types[i] ?? value.type)).join(", ")})`);
  return {
    sql: `SELECT * FROM (VALUES ${lines.join(", ")}) AS _values(${columns.map(({ as }) => as).join(", ")})`,
    columns,
  };
}

function setOf(operator: string, isAll: boolean, left: Result, right: Result): Result {
  if (left.columns.length !== right.columns.length) throw mismatch(`${operator} query has different number of fields`);
  const columns = left.columns.map((column, i): Column => {
    const type = commonType(column.type, right.columns[i]?.type ?? column.type);
    if (type) return { ...column, type };
    throw mismatch(`column ${i + 1} in ${operator} query has incompatible types`);
  });
  if (!isAll) for (const { type } of columns) requireDistinguishable(type);
  const sides = [left, right].map((side) => `(${converted(side, columns)})`);
  return { sql: sides.join(` ${operator}${isAll ? " ALL" : ""} `), columns };
}

/** One side of a UNION with the columns' common types; a NULL adapts to the other side by itself. */
function converted(side: Result, columns: readonly Column[]): string {
  const isSame = side.columns.every(
    ({ type }, i) => type.name === "unknown" || duckdbType(type) === duckdbType(columns[i]?.type ?? type),
  );
  if (isSame) return side.sql;
  const list = side.columns.map(
    ({ as, type }, i) => `${coerce({ type, sql: `_side.${as}` }, columns[i]?.type ?? type)} AS ${as}`,
  );
  return `SELECT ${list.join(", ")} FROM (${side.sql}) AS _side`;
}
