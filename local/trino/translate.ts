/**
 * Trino's SQL as DuckDB's with the same meaning: a query is read by Trino's grammar, each expression gets its type by
 * Trino's rules, and each function is one of an allow-list. What would be answered otherwise is refused, by its name.
 */
import { parseStatementQuery } from "./parser/parse-query.ts";
import { translateQuery } from "./queries.ts";
import type { Tables } from "./relations.ts";
import type { Type } from "./types.ts";

/** DuckDB's SQL, and the names and types of the columns as Trino has them. */
export type Translation = { sql: string; columns: { name: string; type: Type }[] };

/** Throws an AthenaFailure that says where the query is wrong, or what local Athena does not have. */
export function translateStatement(statement: string, tables: Tables): Translation {
  const { sql, columns, shown } = translateQuery(statement, parseStatementQuery(statement), tables);
  return { sql, columns: columns.map(({ type, name }, i) => ({ name: shown[i] ?? name ?? `_col${i}`, type })) };
}
