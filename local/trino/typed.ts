/** An expression of DuckDB with Trino's type, and how such are written. */
import { AthenaFailure } from "../athena-failure.ts";
import { type Type, unknown } from "./types.ts";

export type Typed = {
  type: Type;
  /** DuckDB's SQL; can stand anywhere an expression can. */
  sql: string;
  /** What a literal is: its text or number. */
  literal?: string | number;
};

/** A text in DuckDB's quotes. */
export function quote(text: string): string {
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
 * An expression that fails with Trino's code where `wrong` holds. DuckDB's error() would do, but it is volatile, which TRY does
 * not take: a CAST that cannot be done says the same.
 */
export function guard(wrong: string, code: string, message: string, expression: string): string {
  const fails = `CASE WHEN ${wrong} THEN CAST(${quote(`${code}: ${message}`)} AS BOOLEAN) ELSE false END`;
  return `CASE WHEN ${fails} THEN NULL ELSE ${expression} END`;
}

/** What local Athena cannot answer as Trino does, by name. */
export function notSupported(what: string): AthenaFailure {
  return new AthenaFailure("NOT_SUPPORTED", `Local Athena does not have ${what}`);
}

export function mismatch(message: string): AthenaFailure {
  return new AthenaFailure("TYPE_MISMATCH", message);
}

export function invalidArgument(message: string): AthenaFailure {
  return new AthenaFailure("INVALID_FUNCTION_ARGUMENT", message);
}
