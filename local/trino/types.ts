/**
 * Trino's types, the implicit conversions between them, and DuckDB's types for them. Intervals are whole numbers in
 * DuckDB (milliseconds or months), JSON is text, and the zone of a time is part of the type here: it must be known.
 * https://trino.io/docs/476/language/types.html
 */
export type Type = {
  name: string;
  /** Of a decimal, or how many fractional digits of a second a time has. */
  precision?: number;
  scale?: number;
  /** Of a varchar or char; undefined if it is unlimited. */
  length?: number;
  zone?: string;
  /** Elements of an array, key and value of a map, fields of a row. */
  of?: Type[];
  /** Names of a row's fields. */
  fields?: (string | undefined)[];
};

const plain = <N extends string>(name: N): Type => ({ name });
export const unknown = plain("unknown");
export const boolean = plain("boolean");
export const integer = plain("integer");
export const bigint = plain("bigint");
export const double = plain("double");
export const varchar = plain("varchar");
export const varbinary = plain("varbinary");
export const date = plain("date");
export const json = plain("json");
export const dayInterval = plain("interval day to second");
export const monthInterval = plain("interval year to month");
export const decimal = (precision: number, scale: number): Type => ({ name: "decimal", precision, scale });
export const timestamp = (precision = 3): Type => ({ name: "timestamp", precision });
export const zoned = (zone: string, precision = 3): Type => ({ name: "timestamp with time zone", zone, precision });
export const array = (element: Type): Type => ({ name: "array", of: [element] });

export const maxPrecision = 38;
/** The most digits of each integer type, smaller types first. */
const integerDigits: Record<string, number> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 };
const integers = Object.keys(integerDigits);

export const isInteger = ({ name }: Type): boolean => name in integerDigits;
export const isFloating = ({ name }: Type): boolean => name === "double" || name === "real";
export const isNumber = (type: Type): boolean => isInteger(type) || isFloating(type) || type.name === "decimal";
export const isTime = ({ name }: Type): boolean => name === "date" || name.startsWith("timestamp");
export const isInterval = ({ name }: Type): boolean => name.startsWith("interval");

/** An element of an array, or a key or value of a map. */
export function inner({ of }: Type, index = 0): Type {
  return of?.[index] ?? unknown;
}

/** An integer or decimal as a decimal. */
export function asDecimal(type: Type): Type {
  const digits = integerDigits[type.name];
  return digits === undefined ? type : decimal(digits, 0);
}

/** A type as Trino writes it. */
export function typeText(type: Type): string {
  const { name, precision, scale, length } = type;
  if (name === "decimal") return `decimal(${precision},${scale})`;
  if (name === "varchar" || name === "char") return length === undefined ? name : `${name}(${length})`;
  if (name === "timestamp") return `timestamp(${precision})`;
  if (name === "timestamp with time zone") return `timestamp(${precision}) with time zone`;
  if (name === "row")
    return `row(${type.of?.map((field, i) => `${type.fields?.[i] ? `"${type.fields[i]}" ` : ""}${typeText(field)}`).join(", ")})`;
  return type.of ? `${name}(${type.of.map(typeText).join(", ")})` : name;
}

const duckdbNames: Record<string, string> = {
  unknown: "INTEGER",
  real: "FLOAT",
  varbinary: "BLOB",
  char: "VARCHAR",
  json: "VARCHAR",
  timestamp: "TIMESTAMP",
  "timestamp with time zone": "TIMESTAMPTZ",
  "interval day to second": "BIGINT",
  "interval year to month": "BIGINT",
};

/** DuckDB's type for values of this type. */
export function duckdbType(type: Type): string {
  if (type.name === "decimal") return `DECIMAL(${type.precision},${type.scale})`;
  if (type.name === "array") return `${duckdbType(inner(type))}[]`;
  if (type.name === "map") return `MAP(${duckdbType(inner(type))}, ${duckdbType(inner(type, 1))})`;
  if (type.name === "row")
    return `STRUCT(${type.of?.map((field, i) => `${fieldName(type, i)} ${duckdbType(field)}`).join(", ")})`;
  return duckdbNames[type.name] ?? type.name.toUpperCase();
}

/** A field's name in DuckDB's struct; fields without a name are numbered. */
export function fieldName({ fields }: Type, index: number): string {
  return `"${(fields?.[index] ?? `field${index}`).replaceAll('"', '""')}"`;
}

/** The type to which both can be converted implicitly; undefined if there is none. */
export function commonType(a: Type, b: Type): Type | undefined {
  if (a.name === "unknown") return b;
  if (b.name === "unknown") return a;
  if (isNumber(a) && isNumber(b)) return commonNumber(a, b);
  if (isTime(a) && isTime(b)) return commonTime(a, b);
  if (a.name !== b.name) return undefined;
  if (a.name === "varchar") return a.length === undefined || (b.length ?? Infinity) < a.length ? a : b;
  if (a.of && b.of) return commonInner(a, b);
  return a;
}

function commonNumber(a: Type, b: Type): Type {
  if (isInteger(a) && isInteger(b)) return integers.indexOf(a.name) < integers.indexOf(b.name) ? b : a;
  if (a.name === "double" || b.name === "double") return double;
  if (a.name === "real" || b.name === "real") return a.name === "real" ? a : b;
  const [p, q] = [asDecimal(a), asDecimal(b)];
  const scale = Math.max(p.scale ?? 0, q.scale ?? 0);
  return decimal(Math.min(maxPrecision, Math.max(whole(p), whole(q)) + scale), scale);
}

/** How many digits come before a decimal's point. */
function whole({ precision = 0, scale = 0 }: Type): number {
  return precision - scale;
}

function commonTime(a: Type, b: Type): Type | undefined {
  if (a.name === "date" && b.name === "date") return a;
  const precision = Math.max(a.precision ?? 0, b.precision ?? 0);
  const zones = new Set([a.zone, b.zone].filter((zone) => zone !== undefined));
  // Which of the two zones a value has is not known in advance.
  if (zones.size > 1) return undefined;
  const [zone] = zones;
  // A time without a zone is in the session's zone.
  if (zone !== undefined && (a.zone ?? b.zone) !== "UTC" && (a.zone === undefined || b.zone === undefined))
    return undefined;
  return zone === undefined ? timestamp(precision) : zoned(zone, precision);
}

function commonInner(a: Type, b: Type): Type | undefined {
  if (a.of?.length !== b.of?.length) return undefined;
  const of: Type[] = [];
  for (const [i, one] of (a.of ?? []).entries()) {
    const common = commonType(one, inner(b, i));
    if (!common) return undefined;
    of.push(common);
  }
  const fields = a.fields?.map((field, i) => (field === b.fields?.[i] ? field : undefined));
  return { name: a.name, of, ...(fields && { fields }) };
}

/** Whether a value is converted to the other type implicitly, as the argument of a function is. */
export function turnsInto(from: Type, to: Type): boolean {
  const common = commonType(from, to);
  return common !== undefined && typeText(common) === typeText(to) && common.zone === to.zone;
}
