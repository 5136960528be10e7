/** Makes a connection of DuckDB speak Trino's SQL, as the local Athena's do. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { createTrinoMacros } from "../../local/trino-macros.ts";

export async function useTrino(db: DuckDBConnection): Promise<void> {
  await db.run("attach ':memory:' as trino");
  await createTrinoMacros(db, "trino.functions");
  await db.run("set search_path = 'memory.main,trino.functions'; set integer_division = true");
}
