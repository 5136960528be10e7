/**
 * Athena as the pure code uses it; `src/aws/athena.ts` implements it over the wire. A query that fails rejects with an
 * AthenaQueryError.
 */
import type { Sql } from "./sql.ts";

/** One row by column name. Athena returns only texts. */
export type AthenaRow = Record<string, string | null>;
/** Anything that checks and converts a row: usually a zod schema of the query's row. */
export type RowSchema<T> = { parse(row: AthenaRow): T };

export type Athena = {
  /** Starts a query and returns its id. The same `token` (32 to 128 characters) returns the same id. */
  start(query: Sql, token?: string): Promise<string>;
  /** Waits until a query has succeeded; false if it has not by the instant `until`. */
  waitFor(id: string, until?: number): Promise<boolean>;
  /** All rows of a query that has succeeded. */
  results<T>(id: string, schema: RowSchema<T>): Promise<T[]>;
  /** Starts a query, waits for it, and returns its rows. */
  run(query: Sql): Promise<AthenaRow[]>;
  run<T>(query: Sql, options: { schema: RowSchema<T> }): Promise<T[]>;
  /** Runs a statement that shows something, and returns its lines. */
  lines(query: Sql): Promise<string[]>;
};
