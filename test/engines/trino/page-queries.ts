/** The queries of docs/lake.md, answered by Trino and by local Athena over the same lake: the rows must be equal. */
import { codeBlocks } from "../../docs/lake-page.ts";
import { readAthena } from "../ask-athena.ts";
import type { Lake } from "../lake.ts";
import type { Trino } from "./client.ts";

/** Runs each query on both; returns a line for each that differs, fails, or finds nothing. */
export async function comparePageQueries(trino: Trino, schema: string, lake: Lake): Promise<string[]> {
  const found: string[] = [];
  for (const [index, { code }] of codeBlocks("sql").entries()) {
    const name = `query ${index + 1} of docs/lake.md`;
    const [theirs, ours] = [
      await answerOf(name, () => askTrino(trino, schema, code)),
      await answerOf(name, () => askAthena(lake, code)),
    ];
    if (theirs.length < 2) found.push(`${name} finds nothing`);
    if (JSON.stringify(theirs) !== JSON.stringify(ours)) found.push(`${name}: ${firstDifference(theirs, ours)}`);
  }
  return found;
}

type Rows = (string | null)[][];

/** Names of columns, then rows. Rejects with the query's name: none of the page's queries may fail. */
async function answerOf(name: string, ask: () => Promise<Rows>): Promise<Rows> {
  return await ask().catch((cause) => {
    throw new Error(`${name} fails: ${cause instanceof Error ? cause.message : cause}`, { cause });
  });
}

async function askTrino(trino: Trino, schema: string, code: string): Promise<Rows> {
  const { columns, rows } = await trino.ask(code, schema);
  return [columns.map(({ name }) => name), ...rows];
}

async function askAthena(lake: Lake, code: string): Promise<Rows> {
  const { columns, rows } = await readAthena(lake, code);
  return [columns.map(({ name }) => name), ...rows];
}

function firstDifference(theirs: Rows, ours: Rows): string {
  const at = theirs.findIndex((row, index) => JSON.stringify(row) !== JSON.stringify(ours[index]));
  const [trino, athena] = [theirs[at < 0 ? ours.length : at], ours[at < 0 ? theirs.length : at]];
  return `Trino says ${JSON.stringify(trino)}, local Athena ${JSON.stringify(athena)}`;
}
