/** CAST and implicit conversions. https://trino.io/docs/476/functions/conversion.html */
import { guard, mismatch, notSupported, quote, type Typed } from "./typed.ts";
import {
  duckdbType,
  fieldName,
  inner,
  isFloating,
  isInteger,
  isTime,
  maxPrecision,
  type Type,
  typeText,
  zoned,
} from "./types.ts";

/** A value converted to a type that it can be converted to implicitly. */
export function coerce({ type, sql }: Typed, to: Type): string {
  if (type.name === "unknown") return `CAST(NULL AS ${duckdbType(to)})`;
  if (duckdbType(type) === duckdbType(to)) return sql;
  if (type.name === "decimal" && isFloating(to)) return decimalToFloating({ type, sql }, to);
  if (type.name === "array") return eachElement({ type, sql }, (element) => coerce(element, inner(to)));
  if (type.name === "row") return eachField({ type, sql }, to, coerce);
  if (type.name === "map" && inner(type).name !== "unknown") throw notSupported(`a common type of maps`);
  return plainCast(sql, to);
}

/** CAST(value AS to). */
export function cast(value: Typed, to: Type): string {
  const { type, sql } = value;
  if (type.name === "unknown") return `CAST(NULL AS ${duckdbType(to)})`;
  if (type.name === "json") return fromJson(value, to);
  const known = casts[to.name]?.(value, to);
  if (known !== undefined) return known;
  if (typeText(type) === typeText(to) && type.zone === to.zone) return sql;
  throw notSupported(`a CAST from ${typeText(type)} to ${typeText(to)}`);
}

type Cast = (value: Typed, to: Type) => string | undefined;
const casts: Record<string, Cast> = {
  boolean: ({ type, sql }, to) => {
    if (type.name === "varchar") return plainCast(`trino_boolean_text(${sql})`, to);
    return isInteger(type) || isFloating(type) || type.name === "boolean" ? plainCast(sql, to) : undefined;
  },
  tinyint: toInteger,
  smallint: toInteger,
  integer: toInteger,
  bigint: toInteger,
  real: toFloating,
  double: toFloating,
  decimal: toDecimal,
  varchar: toText,
  varbinary: ({ type, sql }) => (type.name === "varchar" ? `encode(${sql})` : undefined),
  date: ({ type, sql }, to) => {
    if (type.name === "varchar") return plainCast(`trino_date_text(${sql})`, to);
    if (type.name === "date") return sql;
    return isTime(type) ? plainCast(writable(localTime({ type, sql })), to) : undefined;
  },
  timestamp: toTimestamp,
  "timestamp with time zone": (value, to) => {
    if (value.type.zone !== undefined) return roundTime(value.sql, value.type, to);
    return isTime(value.type) ? plainCast(roundTime(value.sql, value.type, to), to) : undefined;
  },
  json: toJson,
  array: (value, to) =>
    value.type.name === "array" ? eachElement(value, (element) => cast(element, inner(to))) : undefined,
  row: (value, to) =>
    value.type.name === "row" && value.type.of?.length === to.of?.length ? eachField(value, to, cast) : undefined,
};

/** Reads the type of an explicit cast, in which a time without a precision has three digits. */
export function checkCastType(to: Type): Type {
  if (casts[to.name] === undefined && to.name !== "map") throw notSupported(`a CAST to ${typeText(to)}`);
  if ((to.precision ?? 0) > (to.name === "decimal" ? maxPrecision : 6)) throw notSupported(`the type ${typeText(to)}`);
  return to.name === "timestamp with time zone" ? zoned("UTC", to.precision) : to;
}

function plainCast(sql: string, to: Type): string {
  return `CAST(${sql} AS ${duckdbType(to)})`;
}

/** Halves are rounded away from zero. */
function toInteger({ type, sql }: Typed, to: Type): string | undefined {
  if (type.name === "varchar") return plainCast(`trino_integer_text(${sql})`, to);
  if (isFloating(type)) return plainCast(`round(${sql})`, to);
  return isInteger(type) || type.name === "decimal" || type.name === "boolean" ? plainCast(sql, to) : undefined;
}

function toFloating(value: Typed, to: Type): string | undefined {
  const { type, sql } = value;
  if (type.name === "varchar") return plainCast(`trino_double_text(${sql})`, to);
  if (type.name === "decimal") return decimalToFloating(value, to);
  return isInteger(type) || isFloating(type) || type.name === "boolean" ? plainCast(sql, to) : undefined;
}

/** The number closest to the decimal; converted as text where a division would round twice. */
function decimalToFloating({ type, sql }: Typed, to: Type): string {
  return plainCast((type.precision ?? 0) > 15 ? `CAST(${sql} AS VARCHAR)` : sql, to);
}

function toDecimal({ type, sql }: Typed, to: Type): string | undefined {
  if (type.name === "varchar") return plainCast(`trino_decimal_text(${sql})`, to);
  // By the digits of the double as it is written, not by its exact binary value.
  if (isFloating(type)) return plainCast(`CAST(${sql} AS VARCHAR)`, to);
  return isInteger(type) || type.name === "decimal" || type.name === "boolean" ? plainCast(sql, to) : undefined;
}

function toText(value: Typed, to: Type): string | undefined {
  const text = textOf(value);
  if (text === undefined || to.length === undefined) return text;
  if (value.type.name === "varchar")
    return (value.type.length ?? Infinity) <= to.length ? text : `left(${text}, ${to.length})`;
  const message = `Value cannot be represented as ${typeText(to)}`;
  return guard(`length(${text}) > ${to.length}`, "INVALID_CAST_ARGUMENT", message, text);
}

/** A value as CAST(… AS varchar) writes it; undefined for types that it does not take. */
function textOf({ type, sql }: Typed): string | undefined {
  if (type.name === "varchar") return sql;
  if (isFloating(type)) return `trino_floating_text(${sql})`;
  if (type.name.startsWith("timestamp")) return timeText({ type, sql });
  if (type.name === "date") return dateText(sql);
  const isPlain = isInteger(type) || ["boolean", "decimal"].includes(type.name);
  return isPlain ? `CAST(${sql} AS VARCHAR)` : undefined;
}

export function dateText(sql: string): string {
  return `CAST(${writable(sql)} AS VARCHAR)`;
}

/** A date or TIMESTAMP about to be written, if its year has four digits. */
export function writable(sql: string): string {
  return `trino_writable(${sql})`;
}

/** A time as Trino writes it, with as many fractional digits of a second as its type has. */
export function timeText({ type, sql }: Typed, between = " ", zone = type.zone && ` ${type.zone}`): string {
  const digits = type.precision ?? 0;
  const text = `strftime(${writable(localTime({ type, sql }))}, ${quote(`%Y-%m-%d${between}%H:%M:%S${digits > 0 ? ".%f" : ""}`)})`;
  const cut = digits > 0 && digits < 6 ? `left(${text}, ${20 + digits})` : text;
  return zone ? `(${cut} || ${quote(zone)})` : cut;
}

/** A date or time as a TIMESTAMP in its own zone. */
export function localTime({ type, sql }: Typed): string {
  if (type.zone !== undefined) return `timezone(${quote(type.zone)}, ${sql})`;
  return type.name === "date" ? `CAST(${sql} AS TIMESTAMP)` : sql;
}

function toTimestamp({ type, sql }: Typed, to: Type): string | undefined {
  if (type.name === "varchar")
    return roundTime(plainCast(`trino_timestamp_text(${sql})`, to), { name: "timestamp", precision: 6 }, to);
  return isTime(type) ? roundTime(localTime({ type, sql }), type, to) : undefined;
}

/** With as many fractional digits of a second as the type has, rounded. */
function roundTime(sql: string, { precision: from = 0 }: Type, { precision: to = 3, name }: Type): string {
  if (from <= to) return sql;
  const unit = 10 ** (6 - to);
  const micros = `CAST(round(epoch_us(${sql}) / ${unit}.0) AS BIGINT) * ${unit}`;
  return name === "timestamp" ? `make_timestamp(${micros})` : `to_timestamp(0) + to_microseconds(${micros})`;
}

function eachElement({ type, sql }: Typed, convert: (element: Typed) => string): string {
  if (inner(type).name === "unknown") return sql;
  const converted = convert({ type: inner(type), sql: "_e" });
  return converted === "_e" ? sql : `list_transform(${sql}, lambda _e: ${converted})`;
}

function eachField(value: Typed, to: Type, convert: (field: Typed, to: Type) => string): string {
  const fields = (value.type.of ?? []).map((type, i) => {
    const sql = `struct_extract(${value.sql}, ${quote(fieldName(value.type, i).slice(1, -1))})`;
    return `${fieldName(to, i)} := ${convert({ type, sql }, inner(to, i))}`;
  });
  return `CASE WHEN ${value.sql} IS NOT NULL THEN struct_pack(${fields.join(", ")}) END`;
}

/** JSON is represented as text without white space. */
function toJson({ type, sql }: Typed): string | undefined {
  const plain = (one: Type): boolean =>
    isInteger(one) || one.name === "varchar" || one.name === "boolean" || (one.name === "array" && plain(inner(one)));
  return plain(type) ? `trino_json_checked(CAST(to_json(${sql}) AS VARCHAR))` : undefined;
}

function fromJson({ type, sql }: Typed, to: Type): string {
  if (to.name === "json") return sql;
  if (to.name === "varchar" && to.length === undefined) return `trino_json_as_text(${sql})`;
  if (to.name === "bigint" || to.name === "integer") return plainCast(`trino_json_as_integer(${sql})`, to);
  if (to.name === "boolean") return plainCast(`trino_json_as_boolean(${sql})`, to);
  if (to.name === "double") return plainCast(`trino_json_as_double(${sql})`, to);
  if (to.name === "array" && ["varchar", "bigint", "integer", "double", "boolean"].includes(inner(to).name)) {
    const element = fromJson({ type, sql: "CAST(_e AS VARCHAR)" }, inner(to));
    return `list_transform(trino_json_as_list(${sql}), lambda _e: ${element})`;
  }
  throw notSupported(`a CAST from json to ${typeText(to)}`);
}

/** The common type, or Trino's error that there is none. */
export function requireType(common: Type | undefined, what: string): Type {
  if (common) return common;
  throw mismatch(what);
}
