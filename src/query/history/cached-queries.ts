/**
 * Queries whose rows are cached, in memory and in the table (src/table/cached-history.ts). If Athena takes longer than
 * the caller can wait, its execution is cached in place of the rows, and the next call goes on waiting for it.
 */
import { hash } from "node:crypto";
import type { Athena, RowSchema } from "../../athena-queries/athena.ts";
import type { Sql } from "../../athena-queries/sql.ts";
import { createSizedCache } from "../../cache.ts";
import type { CachedHistory } from "../../table/cached-history.ts";

type Options<Row> = { athena: Athena; cache: CachedHistory; schema: RowSchema<Row>; clock: () => number };

/** A query, and a text that contains everything its rows depend on. */
export type CachedQuery = { key: string; query: () => Sql };

export type CachedQueries<Row extends object> = ReturnType<typeof createCachedQueries<Row>>;

const MINUTE_MS = 60_000;
const MOST_CHARACTERS = 16_000_000;

/** Returns a query's rows; undefined if Athena is still running at the instant `until`. Rejects when Athena fails. */
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

  /** Makes sure that rows that turned out to be wrong are asked for again. */
  const forget = async (key: string): Promise<void> => {
    const name = hash("sha256", key);
    memory.drop(name);
    await cache.remove(name);
  };

  return Object.assign(read, { forget });

  /** Waits for an execution that someone else has started; one that failed is replaced by a new one. */
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
    // Those who ask within the same minute share an execution, but one that has failed is not reused for ever.
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

/** Roughly how many characters the rows take. */
function sizeOf(rows: readonly object[]): number {
  return rows.reduce<number>((sum, row) => sum + sizeOfRow(row), 100);
}

function sizeOfRow(row: object): number {
  return Object.values(row).reduce<number>((sum, value) => sum + String(value).length, 60);
}
