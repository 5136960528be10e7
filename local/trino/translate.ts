/**
 * Translates Trino's SQL to DuckDB's with the same meaning: a query is parsed with Trino's grammar, each expression
 * gets its type by Trino's rules, and each function is on an allow-list. Anything that would be answered differently is
 * refused by name.
 */
import { parseStatementQuery } from "./parser/parse-query.ts";
import { translateQuery } from "./queries.ts";
import type { Tables } from "./relations.ts";
import type { Type } from "./types.ts";

/** DuckDB's SQL, with the columns' names and types in Trino. */
export type Translation = { sql: string; columns: { name: string; type: Type }[] };

/** Throws an AthenaFailure that says where the query is wrong, or what local Athena does not support. */
export function translateStatement(statement: string, tables: Tables): Translation {
  const { sql, columns, shown } = translateQuery(statement, parseStatementQuery(statement), tables);
  return { sql, columns: columns.map(({ type, name }, i) => ({ name: shown[i] ?? name ?? `_col${i}`, type })) };
}
