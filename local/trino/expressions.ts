/** Translates Trino's expressions to DuckDB's, each with its type. */
import { AthenaFailure } from "../athena/failure.ts";
import { arithmetic, compare, interval } from "./arithmetic.ts";
import { common, concat, condition, translateCall } from "./calls.ts";
import { cast, checkCastType, coerce } from "./casts.ts";
import { atZone, current } from "./functions/times.ts";
import type { Expression, TypeName } from "./parser/syntax.ts";
import { positionOf } from "./parser/tokens.ts";
import { type Env, findColumn } from "./scope.ts";
import { exceptNan, guard, invalidArgument, mismatch, notSupported, quote, type Typed, typedNull } from "./typed.ts";
import {
  array,
  bigint,
  boolean,
  date,
  decimal,
  double,
  fieldName,
  inner,
  integer,
  isFloating,
  isInteger,
  isInterval,
  isNumber,
  json,
  monthInterval,
  type Type,
  timestamp,
  typeText,
  unknown,
  varbinary,
  varchar,
  zoned,
} from "./types.ts";

type Of<K extends Expression["kind"]> = Extract<Expression, { kind: K }>;
type Rules = { [K in Expression["kind"]]: (expression: Of<K>, env: Env) => Typed };

/** Creates the translation of expressions in a statement, whose text is used for positions in errors. */
export function createExpressions(statement: string): (expression: Expression, env: Env) => Typed {
  return function translate(expression, env) {
    const rule = rules[expression.kind] as (expression: Expression, env: Env, again: typeof translate) => Typed;
    try {
      return rule(expression, env, translate);
    } catch (error) {
      if (!(error instanceof AthenaFailure) || error.message.startsWith("line ")) throw error;
      throw new AthenaFailure(error.code, `${positionOf(statement, expression.at)}: ${error.message}`, {
        cause: error,
      });
    }
  };
}

type Again = (expression: Expression, env: Env) => Typed;
type Rule<K extends Expression["kind"]> = (expression: Of<K>, env: Env, translate: Again) => Typed;
const rules: { [K in keyof Rules]: Rule<K> } = {
  null: typedNull,
  boolean: ({ value }) => ({ type: boolean, sql: String(value) }),
  number: ({ text }) => numberLiteral(text),
  string: ({ text }) => ({ type: { name: "varchar", length: [...text].length }, sql: quote(text), literal: text }),
  bytes: ({ hex }) => bytesLiteral(hex.replace(/\s/g, "")),
  typed: ({ type, text }) => typedLiteral(type, text),
  interval: ({ text, unit, negative }) => interval(text, unit, negative),
  column: ({ path }, env) =>
    column(
      path.map(({ text }) => text),
      env,
    ),
  call: (call, env, translate) => translateCall(call, env, translate),
  lambda: () => {
    throw notSupported("a lambda here");
  },
  negate: ({ value }, env, translate) => negate(translate(value, env)),
  arithmetic: ({ operator, left, right }, env, translate) =>
    arithmetic(operator, translate(left, env), translate(right, env)),
  concat: ({ left, right }, env, translate) => concat(translate(left, env), translate(right, env)),
  compare: ({ operator, left, right }, env, translate) => ({
    type: boolean,
    sql: compare(operator, translate(left, env), translate(right, env)),
  }),
  logical: ({ operator, parts }, env, translate) => ({
    type: boolean,
    sql: `(${parts.map((part) => condition(part, env, translate)).join(` ${operator} `)})`,
  }),
  not: ({ value }, env, translate) => ({ type: boolean, sql: `(NOT ${condition(value, env, translate)})` }),
  between: (expression, env, translate) => between(expression, env, translate),
  in: ({ value, list }, env, translate) => inList([value, ...list].map((one) => translate(one, env))),
  inQuery: ({ value, query }, env, translate) => {
    const needle = translate(value, env);
    const { sql, columns } = env.query(query, env.scope);
    const [column] = columns;
    if (!column || columns.length > 1) throw mismatch("Multiple columns returned by subquery are not yet supported");
    const type = common(
      [needle, { type: column.type, sql: "" }],
      "value and result of subquery must be of the same type",
    );
    const found = coerce({ type: column.type, sql: `_in.${column.as}` }, type);
    return { type: boolean, sql: `(${coerce(needle, type)} IN (SELECT ${found} FROM (${sql}) AS _in))` };
  },
  like: ({ value, pattern, escapedBy }, env, translate) =>
    like(translate(value, env), translate(pattern, env), escapedBy && translate(escapedBy, env)),
  isNull: ({ value }, env, translate) => ({ type: boolean, sql: `(${translate(value, env).sql} IS NULL)` }),
  distinctFrom: ({ left, right }, env, translate) => {
    const both = [translate(left, env), translate(right, env)];
    const type = common(both, "IS DISTINCT FROM takes values of one type");
    if (type.name === "double" || type.name === "real" || type.of)
      throw notSupported(`IS DISTINCT FROM of ${typeText(type)}`);
    return { type: boolean, sql: `(${both.map((one) => coerce(one, type)).join(" IS DISTINCT FROM ")})` };
  },
  exists: ({ query }, env) => ({ type: boolean, sql: `EXISTS (${env.query(query, env.scope).sql})` }),
  subquery: ({ query }, env) => {
    const { sql, columns } = env.query(query, env.scope);
    const [column] = columns;
    if (!column || columns.length > 1) throw notSupported("a subquery of several columns as a value");
    return { type: column.type, sql: `(${sql})` };
  },
  case: (expression, env, translate) => caseOf(expression, env, translate),
  cast: ({ value, type, try: isTry }, env, translate) => {
    const to = checkCastType(readType(type));
    const sql = cast(translate(value, env), to);
    const zone = to.zone === undefined ? undefined : (translate(value, env).type.zone ?? "UTC");
    return { type: zone ? { ...to, zone } : to, sql: isTry ? `TRY(${sql})` : sql };
  },
  array: ({ items }, env, translate) => {
    const values = items.map((one) => translate(one, env));
    const element = common(values, "All ARRAY elements must be the same type");
    return { type: array(element), sql: `[${values.map((one) => coerce(one, element)).join(", ")}]` };
  },
  row: ({ items }, env, translate) => {
    const values = items.map((one) => translate(one, env));
    const type: Type = { name: "row", of: values.map((one) => one.type), fields: values.map(() => undefined) };
    return {
      type,
      sql: `struct_pack(${values.map((one, i) => `${fieldName(type, i)} := ${coerce(one, one.type)}`).join(", ")})`,
    };
  },
  subscript: ({ value, index }, env, translate) => subscript(translate(value, env), translate(index, env)),
  field: ({ value, name }, env, translate) => fieldOf(translate(value, env), name.text),
  zone: ({ value, zone }, env, translate) => atZone(translate(value, env), translate(zone, env)),
  current: ({ what }) => current(what),
};

function bytesLiteral(hex: string): Typed {
  if (/^(?:[\da-f]{2})*$/i.test(hex)) return { type: varbinary, sql: `unhex(${quote(hex)})` };
  throw new AthenaFailure("SYNTAX_ERROR", "Binary literal must contain an even number of hexadecimal digits");
}

function numberLiteral(text: string): Typed {
  if (/e/i.test(text)) return { type: double, sql: `CAST('${text}' AS DOUBLE)`, literal: Number(text) };
  if (!text.includes(".")) {
    const value = BigInt(text);
    if (value >= 2n ** 63n) throw new AthenaFailure("SYNTAX_ERROR", `Invalid numeric literal: ${text}`);
    const type = value < 2n ** 31n ? integer : bigint;
    return { type, sql: `CAST(${value} AS ${type.name})`, literal: Number(value) };
  }
  const type = decimalLiteral(text);
  return { type, sql: `CAST('${text}' AS DECIMAL(${type.precision},${type.scale}))`, literal: Number(text) };
}

/** As many digits as are written, without leading zeros. */
function decimalLiteral(text: string): Type {
  const [whole = "", fraction = ""] = text.split(".");
  const digits = whole.replace(/^0+/, "").length + fraction.length;
  if (digits > 38) throw new AthenaFailure("SYNTAX_ERROR", `Invalid decimal literal: ${text}`);
  return decimal(Math.max(1, digits), fraction.length);
}

function typedLiteral(name: string, text: string): Typed {
  if (name === "date" && /^\d{4}-\d{1,2}-\d{1,2}$/.test(text))
    return { type: date, sql: `CAST(${quote(text)} AS DATE)` };
  if (name === "timestamp") return timestampLiteral(text);
  if (name === "json") return { type: json, sql: `trino_json_parse(${quote(text)})` };
  if (name === "date") throw new AthenaFailure("INVALID_LITERAL", `'${text}' is not a valid DATE literal`);
  throw notSupported(`literals of the type ${name}`);
}

function timestampLiteral(text: string): Typed {
  const found =
    /^(\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{1,2}(?::\d{1,2}(?:\.(\d{1,6}))?)?)?)(?: ([A-Za-z][\w/+-]*))?$/.exec(text);
  if (!found) throw notSupported(`this form of a timestamp: '${text}'`);
  const [, local = "", digits = "", zone] = found;
  const precision = digits.length;
  const sql = `CAST(trino_timestamp_text(${quote(local)}) AS TIMESTAMP)`;
  if (zone === undefined) return { type: timestamp(precision), sql };
  const known =
    atZone({ type: zoned("UTC", precision), sql }, { type: unknown, sql: "", literal: zone }).type.zone ?? "UTC";
  return { type: zoned(known, precision), sql: `timezone(${quote(known)}, ${sql})` };
}

function column(path: string[], env: Env): Typed {
  const [first = ""] = path;
  const named = env.names.get(first);
  if (named) return path.slice(1).reduce(fieldOf, named);
  const { field, rest } = findColumn(env.scope, path);
  return rest.reduce<Typed>(fieldOf, { type: field.type, sql: field.sql });
}

function fieldOf({ type, sql }: Typed, name: string): Typed {
  const index = type.fields?.indexOf(name) ?? -1;
  if (type.name !== "row" || index < 0) throw mismatch(`Expression is not of type ROW with a field ${name}`);
  return { type: inner(type, index), sql: `struct_extract(${sql}, ${quote(name)})` };
}

function negate(value: Typed): Typed {
  const { type, sql, literal } = value;
  if (!isNumber(type) && !isInterval(type)) throw mismatch(`Cannot negate ${typeText(type)}`);
  const isKnown = typeof literal === "number" && (isInteger(type) || type === monthInterval);
  return { type, sql: `(-${sql})`, ...(isKnown && { literal: -literal }) };
}

function between({ value, low, high }: Of<"between">, env: Env, translate: Again): Typed {
  const all = [value, low, high].map((one) => translate(one, env));
  const type = common(all, "BETWEEN takes values of one type");
  if (type.of || type.name === "json") throw notSupported(`BETWEEN of ${typeText(type)}`);
  const [x, a, b] = all.map((one) => coerce(one, type));
  const sql = `(${x} BETWEEN ${a} AND ${b})`;
  if (!isFloating(type)) return { type: boolean, sql };
  const [of, least, most] = all as [Typed, Typed, Typed];
  const both = `(${compare(">=", of, least)} AND ${compare("<=", of, most)})`;
  const isNan = [x, a, b].map((one) => `isnan(${one})`).join(" OR ");
  return { type: boolean, sql: `CASE WHEN ${isNan} THEN ${both} ELSE ${sql} END` };
}

function like(value: Typed, pattern: Typed, escapedBy: Typed | undefined): Typed {
  const all = [value, pattern, ...(escapedBy ? [escapedBy] : [])];
  if (all.some(({ type }) => type.name !== "varchar" && type.name !== "unknown")) throw mismatch("LIKE takes texts");
  const [x = "", p = ""] = all.map((one) => coerce(one, varchar));
  if (!escapedBy) return { type: boolean, sql: `(${x} LIKE ${p})` };
  const character = escapeCharacter(escapedBy);
  const sql = `(${x} LIKE ${p} ESCAPE ${quote(character)})`;
  // Its code, which means the same inside and outside a class, and to RE2 and JavaScript.
  const e = `\\x${character.charCodeAt(0).toString(16)}`;
  const message = "Escape character must be followed by '%', '_' or the escape character itself";
  if (typeof pattern.literal !== "string") {
    const wrong = `NOT regexp_full_match(${p}, ${quote(`(?s)([^${e}]|${e}[%_${e}])*`)})`;
    return { type: boolean, sql: guard(wrong, "INVALID_FUNCTION_ARGUMENT", message, sql) };
  }
  const rest = pattern.literal.replaceAll(new RegExp(`${e}[%_${e}]`, "g"), "");
  if (rest.includes(character)) throw invalidArgument(message);
  return { type: boolean, sql };
}

/** DuckDB uses bytes as characters here. */
function escapeCharacter({ literal }: Typed): string {
  if (typeof literal !== "string") throw notSupported("another escape character of LIKE than a literal");
  if ([...literal].length !== 1) throw invalidArgument("Escape string must be a single character");
  if (/[%_]|[^ -~]/.test(literal)) throw notSupported(`the escape character ${literal} of LIKE`);
  return literal;
}

function inList(all: Typed[]): Typed {
  const type = common(all, "IN value and list items must be the same type");
  if (type.of || type.name === "json") throw notSupported(`IN of ${typeText(type)}`);
  const [value, ...list] = all.map((one) => coerce(one, type));
  const sql = `(${value} IN (${list.join(", ")}))`;
  if (!isFloating(type)) return { type: boolean, sql };
  // NaN is not in the list, but nobody knows about NULL.
  const hasNull = list.map((one) => `${one} IS NULL`).join(" OR ");
  return {
    type: boolean,
    sql: `CASE WHEN isnan(${value}) THEN CASE WHEN ${hasNull} THEN NULL ELSE false END ELSE ${sql} END`,
  };
}

function caseOf({ operand, whens, otherwise }: Of<"case">, env: Env, translate: Again): Typed {
  const results = [...whens.map(({ result }) => result), ...(otherwise ? [otherwise] : [])].map((one) =>
    translate(one, env),
  );
  const type = common(results, "All CASE results must be the same type");
  const texts = results.map((one) => coerce(one, type));
  const given = operand && translate(operand, env);
  const values = given && whens.map(({ when }) => translate(when, env));
  const key =
    given && values && common([given, ...values], "CASE operand type does not match WHEN clause operand type");
  const parts = whens.map(({ when }, i) => {
    const value = key ? coerce(values?.[i] ?? typedNull(), key) : condition(when, env, translate);
    return `WHEN ${value} THEN ${texts[i]}`;
  });
  const end = otherwise ? ` ELSE ${texts.at(-1)}` : "";
  const value = given && key && coerce(given, key);
  const sql = `CASE ${value ? `${value} ` : ""}${parts.join(" ")}${end} END`;
  if (!value || !isFloating(key)) return { type, sql };
  return { type, sql: `CASE WHEN isnan(${value}) THEN ${otherwise ? texts.at(-1) : "NULL"} ELSE ${sql} END` };
}

function subscript(value: Typed, index: Typed): Typed {
  const { type } = value;
  if (type.name === "array" && isInteger(index.type))
    return { type: inner(type), sql: `trino_subscript(${value.sql}, ${coerce(index, bigint)})` };
  if (type.name !== "map") throw notSupported(`this subscript of ${typeText(type)}`);
  const key = common([{ type: inner(type), sql: "" }, index], "the subscript must be of the type of the keys");
  const at: Typed = { type: key, sql: coerce(index, key) };
  return { type: inner(type, 1), sql: exceptNan(at, `trino_map_subscript(${value.sql}, ${at.sql})`) };
}

/** The type that a name in a CAST stands for. */
export function readType({ name, numbers, of, fields }: TypeName): Type {
  const [first, second] = numbers;
  if (of.length > 0) return { name, of: of.map(readType), ...(name === "row" && { fields }) };
  if (name === "decimal") return decimal(first ?? 38, second ?? 0);
  if (name === "timestamp") return timestamp(first ?? 3);
  if (name === "timestamp with time zone") return zoned("UTC", first ?? 3);
  if (name === "varchar") return first === undefined ? { name } : { name, length: first };
  if (name === "int") return integer;
  return { name };
}
