/** An expression of DuckDB with Trino's type, and how such are written. */
import { AthenaFailure } from "../athena/failure.ts";
import { isFloating, type Type, typeText, unknown } from "./types.ts";

export type Typed = {
  type: Type;
  /** DuckDB's SQL; can stand anywhere an expression can. */
  sql: string;
  /** What a literal is: its text or number. */
  literal?: string | number;
};

/** A text in DuckDB's quotes. Its statements end at U+0000. */
export function quote(text: string): string {
  if (text.includes("\0")) throw notSupported("the character U+0000 in a text of a statement");
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name in DuckDB's quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function typedNull(): Typed {
  return { type: unknown, sql: "NULL" };
}

/**
 * An expression that fails with Trino's code where `wrong` holds. DuckDB's error() would do, but it is volatile, which
 * TRY does not take: a CAST that cannot be done says the same.
 */
export function guard(wrong: string, code: string, message: string, expression: string): string {
  const fails = `CASE WHEN ${wrong} THEN CAST(${quote(`${code}: ${message}`)} AS BOOLEAN) ELSE false END`;
  return `CASE WHEN ${fails} THEN NULL ELSE ${expression} END`;
}

/** What local Athena cannot answer as Trino does, by name. */
export function notSupported(what: string): AthenaFailure {
  return new AthenaFailure("NOT_SUPPORTED", `Local Athena does not have ${what}`);
}

/** Values that are equal, less or more. */
export function requireComparable(type: Type): void {
  if (type.of || type.name === "json") throw notSupported(`comparisons of ${typeText(type)}`);
}

/** Values that are the same or not: DuckDB's maps are others in another order. */
export function requireDistinguishable(type: Type): void {
  if (type.name === "map") throw notSupported(`comparisons of ${typeText(type)}`);
  for (const one of type.of ?? []) requireDistinguishable(one);
}

/** An expression in which the value is compared, by which NaN is another number in DuckDB than in Trino. */
export function exceptNan({ type, sql, literal }: Typed, expression: string): string {
  if (!isFloating(type) || typeof literal === "number") return expression;
  return guard(`isnan(${sql})`, "NOT_SUPPORTED", "Local Athena does not compare NaN", expression);
}

export function mismatch(message: string): AthenaFailure {
  return new AthenaFailure("TYPE_MISMATCH", message);
}

export function invalidArgument(message: string): AthenaFailure {
  return new AthenaFailure("INVALID_FUNCTION_ARGUMENT", message);
}
