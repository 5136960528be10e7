/** A DuckDB expression with Trino's type, and how to write such expressions. */
import { AthenaFailure } from "../athena/failure.ts";
import { isFloating, type Type, typeText, unknown } from "./types.ts";

export type Typed = {
  type: Type;
  /** DuckDB's SQL, usable anywhere an expression is. */
  sql: string;
  /** The value of a literal: its text or number. */
  literal?: string | number;
};

/** A text in DuckDB's quotes. DuckDB's statements end at U+0000. */
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
 * An expression that fails with Trino's code if `wrong` holds. DuckDB's error() is volatile, which TRY does not allow,
 * so a CAST that must fail is used instead.
 */
export function guard(wrong: string, code: string, message: string, expression: string): string {
  const fails = `CASE WHEN ${wrong} THEN CAST(${quote(`${code}: ${message}`)} AS BOOLEAN) ELSE false END`;
  return `CASE WHEN ${fails} THEN NULL ELSE ${expression} END`;
}

/** What local Athena cannot answer as Trino does, by name. */
export function notSupported(what: string): AthenaFailure {
  return new AthenaFailure("NOT_SUPPORTED", `Local Athena does not have ${what}`);
}

/** Requires values that can be ordered. */
export function requireComparable(type: Type): void {
  if (type.of || type.name === "json") throw notSupported(`comparisons of ${typeText(type)}`);
}

/** Requires values that can be told apart: DuckDB treats maps in another order as different. */
export function requireDistinguishable(type: Type): void {
  if (type.name === "map") throw notSupported(`comparisons of ${typeText(type)}`);
  for (const one of type.of ?? []) requireDistinguishable(one);
}

/** An expression that compares the value, which NaN would make differ between DuckDB and Trino. */
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
