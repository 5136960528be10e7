/**
 * Function calls: which function is meant, by its name and the types of its arguments. A name that is not known here is
 * refused, so that DuckDB never answers with a function of its own.
 */
import { AthenaFailure } from "../athena/failure.ts";
import { arithmetic, compare } from "./arithmetic.ts";
import { coerce, requireType } from "./casts.ts";
import { aggregates, estimates, replaceAggregates, windowFunctions } from "./functions/aggregates.ts";
import { functions } from "./functions/functions.ts";
import { applySignature } from "./functions/signatures.ts";
import { timeFunctions } from "./functions/times.ts";
import type { Call, Expression, Over, SortItem } from "./parser/syntax.ts";
import type { Env } from "./scope.ts";
import {
  guard,
  mismatch,
  notSupported,
  quoteName,
  requireComparable,
  requireDistinguishable,
  type Typed,
  typedNull,
} from "./typed.ts";
import {
  array,
  boolean,
  commonType,
  inner,
  integer,
  isFloating,
  type Type,
  typeText,
  unknown,
  varchar,
} from "./types.ts";

export type Translate = (expression: Expression, env: Env) => Typed;

/** All names that a call can have. */
export function functionNames(): string[] {
  const named = [functions, aggregates, windowFunctions].flatMap((one) => [...one.keys()]);
  return [...new Set([...named, ...Object.keys(timeFunctions), ...Object.keys(specials)])].sort();
}

export function translateCall(call: Call, env: Env, translate: Translate): Typed {
  const { name } = call;
  const isAggregate = aggregates.has(name) || windowFunctions.has(name);
  if (isAggregate) return aggregateCall(call, env, translate);
  if (call.over || call.filter || call.distinct || call.star || call.order.length > 0)
    throw isKnown(name) ? mismatch(`${name} is no aggregate function`) : unknownFunction(name);
  const special = specials[name];
  if (special) return special(call, env, translate);
  if (!isKnown(name)) throw unknownFunction(name);
  const args = call.args.map((one) => translate(one, env));
  const time = timeFunctions[name];
  if (time?.count.includes(args.length)) return time.call(args);
  return applySignature(functions.get(name) ?? [], args) ?? unfit(name, args);
}

function isKnown(name: string): boolean {
  return functions.has(name) || name in timeFunctions || name in specials;
}

function unknownFunction(name: string): AthenaFailure {
  const exact = estimates.get(name);
  if (exact !== undefined)
    return notSupported(`${name}: Trino's answer is an estimate, which it does not reproduce. Exact is ${exact}`);
  return new AthenaFailure("FUNCTION_NOT_FOUND", `Local Athena does not have function ${name}`);
}

function unfit(name: string, args: Typed[]): never {
  const types = args.map(({ type }) => typeText(type)).join(", ");
  throw new AthenaFailure(
    "FUNCTION_NOT_FOUND",
    `Local Athena does not have function ${name} with parameters (${types})`,
  );
}

function aggregateCall(call: Call, env: Env, translate: Translate): Typed {
  const args = call.args.map((one) => translate(one, env));
  const isWindow = call.over !== undefined;
  if (call.star && call.name !== "count") unfit(call.name, args);
  if (isWindow && call.distinct) throw notSupported("DISTINCT in a window function");
  if (!isWindow && !aggregates.has(call.name)) throw mismatch(`Window function ${call.name} requires an OVER clause`);
  if (isWindow && ["array_agg", "map_agg", "histogram", "listagg"].includes(call.name))
    throw notSupported(`${call.name} over a window`);
  if (call.distinct) for (const { type } of args) requireDistinguishable(type);
  const found = applySignature(aggregates.get(call.name) ?? windowFunctions.get(call.name) ?? [], args);
  if (!found) return unfit(call.name, args);
  const over = call.over === undefined ? "" : ` OVER (${windowSql(call.over, env, translate)})`;
  const order = call.order.length > 0 ? ` ORDER BY ${orderSql(call.order, env, translate)}` : "";
  const filter = call.filter ? ` FILTER (WHERE ${condition(call.filter, env, translate)})` : "";
  const nulls = call.ignoreNulls ? " IGNORE NULLS" : "";
  const sql = replaceAggregates(found.sql, (name, inside) => {
    const distinct = call.distinct && !inside.startsWith("DISTINCT ") ? "DISTINCT " : "";
    return `${name}(${distinct}${inside}${order}${nulls})${filter}${over}`;
  });
  return { type: found.type, sql };
}

/** The definition of a window. */
function windowSql(over: Over | string, env: Env, translate: Translate): string {
  const { partition, order, frame } = typeof over === "string" ? namedWindow(over, env) : over;
  const parts = [];
  if (partition.length > 0)
    parts.push(`PARTITION BY ${partition.map((one) => keySql(translate(one, env))).join(", ")}`);
  if (order.length > 0) parts.push(`ORDER BY ${orderSql(order, env, translate)}`);
  if (frame) {
    const bound = (text: string, by: Expression | undefined) =>
      by ? `${offset(by, frame.unit, env, translate)} ${text}` : text;
    const start = bound(frame.start, frame.startBy);
    parts.push(`${frame.unit} ${frame.end ? `BETWEEN ${start} AND ${bound(frame.end, frame.endBy)}` : start}`);
  }
  return parts.join(" ");
}

function namedWindow(name: string, { windows }: Env): Over {
  const found = windows.get(name);
  if (!found) throw new AthenaFailure("INVALID_WINDOW_REFERENCE", `Cannot resolve WINDOW name ${name}`);
  return found;
}

function offset(by: Expression, unit: string, env: Env, translate: Translate): string {
  const { literal } = translate(by, env);
  if (unit !== "ROWS" || typeof literal !== "number") throw notSupported("such a frame of a window");
  return String(literal);
}

/** A value by which rows are sorted or grouped. */
export function keySql({ type, sql }: Typed): string {
  if (["map", "row", "json"].includes(type.name)) throw notSupported(`groups and orders by ${typeText(type)}`);
  requireDistinguishable(type);
  return sql;
}

export function orderSql(order: readonly SortItem[], env: Env, translate: Translate): string {
  return order.map((item) => `${orderKey(translate(item.key, env))}${direction(item)}`).join(", ");
}

export function orderKey({ type, sql }: Typed): string {
  requireComparable(type);
  return sql;
}

export function direction({ descending, nullsFirst }: SortItem): string {
  return `${descending ? " DESC" : " ASC"} NULLS ${nullsFirst ? "FIRST" : "LAST"}`;
}

/** An expression that is true or false. */
export function condition(expression: Expression, env: Env, translate: Translate): string {
  const value = translate(expression, env);
  if (value.type.name === "boolean") return value.sql;
  if (value.type.name === "unknown") return "CAST(NULL AS BOOLEAN)";
  throw mismatch(`a condition must evaluate to a boolean: actual type ${typeText(value.type)}`);
}

/** The type to which all of the values can be converted. */
export function common(values: readonly Typed[], what: string): Type {
  return values.reduce((type, value) => requireType(commonType(type, value.type), what), unknown);
}

type Special = (call: Call, env: Env, translate: Translate) => Typed;
/** Functions that are syntactic forms, or that take other functions. */
const specials: Record<string, Special> = {
  coalesce(call, env, translate) {
    const values = call.args.map((one) => translate(one, env));
    if (values.length < 2) return unfit("coalesce", values);
    const type = common(values, "All COALESCE operands must be the same type");
    return { type, sql: `coalesce(${values.map((one) => coerce(one, type)).join(", ")})` };
  },
  if(call, env, translate) {
    const [when, ...branches] = call.args;
    if (!when || branches.length < 1 || branches.length > 2) return unfit("if", []);
    const values = branches.map((one) => translate(one, env));
    const type = common(values, "Result types for IF must be the same");
    const [then = "NULL", otherwise = "NULL"] = values.map((one) => coerce(one, type));
    return { type, sql: `CASE WHEN ${condition(when, env, translate)} THEN ${then} ELSE ${otherwise} END` };
  },
  nullif(call, env, translate) {
    const [a, b] = call.args.map((one) => translate(one, env));
    if (!a || !b || call.args.length > 2) return unfit("nullif", []);
    return { type: a.type, sql: `CASE WHEN ${compare("=", a, b)} THEN NULL ELSE ${a.sql} END` };
  },
  /** A bit for each column, the last one lowest: 1 if the row's group is not by that column. */
  grouping(call, env, translate) {
    const columns = call.args.map((one) => translate(one, env));
    if (columns.length === 0 || call.args.some(({ kind }) => kind !== "column")) return unfit("grouping", columns);
    return { type: integer, sql: `CAST(grouping(${columns.map(keySql).join(", ")}) AS INTEGER)` };
  },
  try(call, env, translate) {
    const [value] = call.args.map((one) => translate(one, env));
    if (!value || call.args.length > 1) return unfit("try", []);
    return { type: value.type, sql: `TRY(${value.sql})` };
  },
  mod(call, env, translate) {
    const [a, b] = call.args.map((one) => translate(one, env));
    if (!a || !b || call.args.length > 2) return unfit("mod", []);
    return arithmetic("%", a, b);
  },
  typeof(call, env, translate) {
    const [value] = call.args.map((one) => translate(one, env));
    if (!value || call.args.length > 1) return unfit("typeof", []);
    const text = typeText(value.type);
    return { type: varchar, sql: `'${text}'`, literal: text };
  },
  greatest: (call, env, translate) => extreme("greatest", call, env, translate),
  least: (call, env, translate) => extreme("least", call, env, translate),
  concat(call, env, translate) {
    const values = call.args.map((one) => translate(one, env));
    if (values.length < 2) return unfit("concat", values);
    return values.slice(1).reduce(concat, values[0] ?? typedNull());
  },
  concat_ws(call, env, translate) {
    const values = call.args.map((one) => translate(one, env));
    if (values.length < 2 || values.some(({ type }) => type.name !== "varchar")) return unfit("concat_ws", values);
    const texts = values.map((one) => coerce(one, varchar));
    return { type: varchar, sql: `concat_ws(${texts.join(", ")})` };
  },
  map_agg(call, env, translate) {
    const [key, value] = call.args.map((one) => translate(one, env));
    if (!key || !value || call.distinct || call.order.length > 0 || call.over) throw notSupported("such a map_agg");
    requireDistinguishable(key.type);
    const filter = ` FILTER (WHERE ${call.filter ? condition(call.filter, env, translate) : "true"} AND ${key.sql} IS NOT NULL)`;
    const list = (sql: string) => `list(${sql})${filter}`;
    const isTwice = `${list(key.sql)} IS NOT NULL AND count(DISTINCT ${key.sql})${filter} <> count(${key.sql})${filter}`;
    const map = `CASE WHEN ${list(key.sql)} IS NOT NULL THEN map(${list(key.sql)}, ${list(value.sql)}) END`;
    const twice = "Local Athena does not choose between values of one key";
    return { type: { name: "map", of: [key.type, value.type] }, sql: guard(isTwice, "NOT_SUPPORTED", twice, map) };
  },
  transform(call, env, translate) {
    const { list, element, body } = lambdaCall(call, env, translate);
    return { type: array(body.type), sql: `list_transform(${list}, lambda ${element}: ${body.sql})` };
  },
  filter(call, env, translate) {
    const { list, element, body, type } = lambdaCall(call, env, translate);
    return { type, sql: `list_filter(${list}, lambda ${element}: ${requireBoolean(body)})` };
  },
  any_match: (call, env, translate) => match(call, env, translate, "trino_any_match", ""),
  all_match: (call, env, translate) => match(call, env, translate, "trino_all_match", ""),
  none_match: (call, env, translate) => match(call, env, translate, "trino_any_match", "NOT "),
};

function requireBoolean({ type, sql }: Typed): string {
  if (type.name === "boolean") return sql;
  throw mismatch(`a lambda must give a boolean: actual type ${typeText(type)}`);
}

function match(call: Call, env: Env, translate: Translate, macro: string, not: string): Typed {
  const { list, element, body } = lambdaCall(call, env, translate);
  return {
    type: boolean,
    sql: `(${not}${macro}(list_transform(${list}, lambda ${element}: ${requireBoolean(body)})))`,
  };
}

function lambdaCall(call: Call, env: Env, translate: Translate) {
  const [first, lambda] = call.args;
  const value = first && translate(first, env);
  const [param] = lambda?.kind === "lambda" ? lambda.params : [];
  if (value?.type.name !== "array" || lambda?.kind !== "lambda" || param === undefined || call.args.length > 2)
    return unfit(call.name, value ? [value] : []);
  // A unique name, so that it hides no column.
  const element = quoteName(`${param} ${env.names.size}`);
  const names = new Map([...env.names, [param, { type: inner(value.type), sql: element }]]);
  const body = translate(lambda.body, { ...env, names });
  return { list: value.sql, element, body, type: value.type };
}

/** NULL if one of the values is. */
function extreme(name: string, call: Call, env: Env, translate: Translate): Typed {
  const values = call.args.map((one) => translate(one, env));
  if (values.length === 0) return unfit(name, values);
  const type = common(values, `All ${name.toUpperCase()} operands must be the same type`);
  if (type.of || type.name === "unknown" || type.name === "json") throw notSupported(`${name} of ${typeText(type)}`);
  const all = values.map((one) => coerce(one, type));
  const isThere = all.map((one) => `${one} IS NOT NULL`).join(" AND ");
  const sql = `CASE WHEN ${isThere} THEN ${name}(${all.join(", ")}) END`;
  if (!isFloating(type)) return { type, sql };
  const isNan = all.map((one) => `isnan(${one})`).join(" OR ");
  return { type, sql: guard(isNan, "NOT_SUPPORTED", "Local Athena does not compare NaN", sql) };
}

/** a || b: NULL if one of them is. */
export function concat(a: Typed, b: Typed): Typed {
  const names = [a, b].map(({ type }) => type.name);
  if (names.includes("unknown")) throw notSupported("a bare NULL in a concatenation");
  if (names.every((name) => name === "varchar")) return { type: varchar, sql: `(${a.sql} || ${b.sql})` };
  if (names.every((name) => name === "varbinary")) return { type: a.type, sql: `(${a.sql} || ${b.sql})` };
  if (!names.includes("array"))
    throw new AthenaFailure(
      "FUNCTION_NOT_FOUND",
      `Unexpected parameters (${typeText(a.type)}, ${typeText(b.type)}) for function concat`,
    );
  const lists = [a, b].map(
    (one): Typed => (one.type.name === "array" ? one : { type: array(one.type), sql: `[${one.sql}]` }),
  );
  const type = common(lists, "the elements of arrays must be of one type");
  const [x = "", y = ""] = lists.map((one) => coerce(one, type));
  return { type, sql: `CASE WHEN ${x} IS NOT NULL AND ${y} IS NOT NULL THEN list_concat(${x}, ${y}) END` };
}
