/** Makes a DuckDB connection answer Trino's SQL over in-memory tables, as the local Athena answers it over files. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { createTrinoMacros } from "../../local/trino/functions/macros.ts";
import { hiveType } from "../../local/trino/hive-types.ts";
import { translateStatement } from "../../local/trino/translate.ts";

/** The types of columns, by table name, as in Glue. */
type Tables = Record<string, Record<string, string>>;

/** Returns a function that translates a statement about `tables` to DuckDB's SQL. */
export async function useTrino(db: DuckDBConnection, tables: Tables): Promise<(text: string) => string> {
  await db.run("attach ':memory:' as trino");
  await createTrinoMacros(db, "trino.functions");
  await db.run("set search_path = 'memory.main,trino.functions'");
  return (text) =>
    translateStatement(text, ([name = ""]) => {
      const columns = Object.entries(tables[name] ?? {}).map(([column, type]) => ({
        name: column,
        type: hiveType(type) ?? { name: type },
      }));
      return columns.length > 0 ? { sql: `memory.main."${name}"`, qualifier: [name], columns } : undefined;
    }).sql;
}
