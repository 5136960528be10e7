/**
 * Queries whose rows are kept: in memory, and in DynamoDB as `answers.ts` has them. When Athena outlasts the caller, its
 * execution is kept in the rows' place, and the next call goes on waiting for it.
 */
import { hash } from "node:crypto";
import type { Sql } from "../athena-queries/sql.ts";
import type { Athena, RowSchema } from "./athena.ts";
import type { Answers } from "./dynamodb/answers.ts";
import { createKeptRows } from "./kept-rows.ts";

type Options<Row> = { athena: Athena; answers: Answers; schema: RowSchema<Row>; clock: () => number };

/** A query, and all that its rows depend on as a text. */
export type KeptQuery = { key: string; query: () => Sql };

export type KeptQueries<Row extends object> = ReturnType<typeof createKeptQueries<Row>>;

const MINUTE_MS = 60_000;

/** Gives a query's rows; undefined when Athena is still at it at the instant `until`. Rejects as Athena does when it fails. */
export function createKeptQueries<Row extends object>({ athena, answers, schema, clock }: Options<Row>) {
  const memory = createKeptRows<Row>(sizeOf);

  const read = async ({ key, query }: KeptQuery, until: number): Promise<readonly Row[] | undefined> => {
    const name = hash("sha256", key);
    const remembered = memory.get(name);
    if (remembered !== undefined) return remembered;
    const known = await answers.read<Row>(name, clock());
    const rows = known !== undefined && "rows" in known ? known.rows : await ask(name, query, known?.execution, until);
    if (rows !== undefined) memory.set(name, rows);
    return rows;
  };

  /** Rows that turned out to be wrong are asked for anew. */
  const forget = async (key: string): Promise<void> => {
    const name = hash("sha256", key);
    memory.drop(name);
    await answers.remove(name);
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
    await answers.putRunning(name, execution, clock());
    return execution;
  }

  async function finish(name: string, execution: string, until: number): Promise<Row[] | undefined> {
    try {
      if (!(await athena.waitFor(execution, until))) return undefined;
      const rows = await athena.results(execution, schema);
      await answers.putRows(name, execution, rows, clock());
      return rows;
    } catch (error) {
      await answers.remove(name);
      throw error;
    }
  }
}

/** About how much memory a row of short and long texts takes. */
function sizeOf(row: object): number {
  return Object.values(row).reduce((sum, value) => sum + String(value).length, 60);
}
