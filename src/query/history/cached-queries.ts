/**
 * Queries whose rows are cached: in memory, and in the table (src/table/cached-history.ts). When Athena outlasts the caller, its
 * execution is cached in the rows' place, and the next call goes on waiting for it.
 */
import { hash } from "node:crypto";
import type { Athena, RowSchema } from "../../athena-queries/athena.ts";
import type { Sql } from "../../athena-queries/sql.ts";
import { createSizedCache } from "../../cache.ts";
import type { CachedHistory } from "../../table/cached-history.ts";

type Options<Row> = { athena: Athena; cache: CachedHistory; schema: RowSchema<Row>; clock: () => number };

/** A query, and all that its rows depend on as a text. */
export type CachedQuery = { key: string; query: () => Sql };

export type CachedQueries<Row extends object> = ReturnType<typeof createCachedQueries<Row>>;

const MINUTE_MS = 60_000;
const MOST_CHARACTERS = 16_000_000;

/** Gives a query's rows; undefined when Athena is still at it at the instant `until`. Rejects as Athena does when it fails. */
export function createCachedQueries<Row extends object>({ athena, cache, schema, clock }: Options<Row>) {
  const memory = createSizedCache<readonly Row[]>(MOST_CHARACTERS, sizeOf);

  const read = async ({ key, query }: CachedQuery, until: number): Promise<readonly Row[] | undefined> => {
    const name = hash("sha256", key);
    const remembered = memory.get(name);
    if (remembered !== undefined) return remembered;
    const known = await cache.read<Row>(name, clock());
    const rows = known !== undefined && "rows" in known ? known.rows : await ask(name, query, known?.execution, until);
    if (rows !== undefined) memory.set(name, rows);
    return rows;
  };

  /** Rows that turned out to be wrong are asked for anew. */
  const forget = async (key: string): Promise<void> => {
    const name = hash("sha256", key);
    memory.drop(name);
    await cache.remove(name);
  };

  return Object.assign(read, { forget });

  /** Joins the execution that somebody else has started; one that failed meanwhile is forgotten and replaced. */
  async function ask(name: string, query: () => Sql, started: string | undefined, until: number) {
    if (started === undefined) return finish(name, await start(name, query), until);
    try {
      return await finish(name, started, until);
    } catch {
      return finish(name, await start(name, query), until);
    }
  }

  async function start(name: string, query: () => Sql): Promise<string> {
    const { text, params } = query();
    // Who asks in the same minute gets the same execution; one that has failed is not met again for ever.
    const token = hash("sha256", JSON.stringify([name, text, params, Math.floor(clock() / MINUTE_MS)]));
    const execution = await athena.start({ text, params }, token);
    await cache.putRunning(name, execution, clock());
    return execution;
  }

  async function finish(name: string, execution: string, until: number): Promise<Row[] | undefined> {
    try {
      if (!(await athena.waitFor(execution, until))) return undefined;
      const rows = await athena.results(execution, schema);
      await cache.putRows(name, execution, rows, clock());
      return rows;
    } catch (error) {
      await cache.remove(name);
      throw error;
    }
  }
}

/** About how many characters rows of short and long texts take. */
function sizeOf(rows: readonly object[]): number {
  return rows.reduce<number>((sum, row) => sum + sizeOfRow(row), 100);
}

function sizeOfRow(row: object): number {
  return Object.values(row).reduce<number>((sum, value) => sum + String(value).length, 60);
}
