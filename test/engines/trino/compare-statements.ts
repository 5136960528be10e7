/** Statements that Trino and local Athena answer over the same lake, compared row by row. */
import { bindParameters } from "../../../local/athena/parameters.ts";
import type { Sql } from "../../../src/athena-queries/sql.ts";
import { readAthena } from "../ask-athena.ts";
import type { Lake } from "../lake.ts";
import { type Trino, TrinoError } from "./client.ts";

export type Statement = { name: string; text: string };
type Rows = (string | null)[][];
/** Rows of a statement, preceded by the names and types of its columns; or why there are none. */
type Answer = { types: string[]; rows: Rows } | { error: string };
/** `refused` are statements that local Athena says it does not support; Trino may then answer anything. */
export type Comparison = { compared: number; rows: number; failed: number; refused: string[]; differences: string[] };

const atOnce = 6;

/** A report's statement with its parameters filled in, as a query: an UNLOAD without its destination. */
export function statementOf(name: string, { text, params }: Sql): Statement {
  const [, inside = text] = /^\s*UNLOAD\s*\((.*)\)\s*TO\s*'[^']*'\s*WITH\s*\([^()]*\)\s*$/is.exec(text) ?? [];
  return { name, text: bindParameters(inside, params) };
}

/** Asks both; rows may come in any order. */
export async function compareStatements(
  { trino, schema, lake }: { trino: Trino; schema: string; lake: Lake },
  statements: readonly Statement[],
): Promise<Comparison> {
  const result: Comparison = { compared: 0, rows: 0, failed: 0, refused: [], differences: [] };
  const queue = statements.values();
  const worker = async () => {
    for (const statement of queue)
      add(result, statement, await askTrino(trino, schema, statement), await askAthena(lake, statement));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return result;
}

function add(result: Comparison, { name, text }: Statement, theirs: Answer, ours: Answer): void {
  result.compared++;
  const say = (answer: unknown) => JSON.stringify(answer)?.slice(0, 300);
  const differs = (trino: unknown, athena: unknown) =>
    result.differences.push(`${name}: Trino says ${say(trino)}, local Athena ${say(athena)}, to ${text}`);
  if ("error" in ours && "error" in theirs) result.failed++;
  else if ("error" in ours && /Local Athena (does not|casts)/.test(ours.error))
    result.refused.push(`${name}: ${ours.error}`);
  else if ("error" in ours || "error" in theirs) differs(theirs, ours);
  else if (JSON.stringify(theirs.types) !== JSON.stringify(ours.types)) differs(theirs.types, ours.types);
  else {
    const at = theirs.types.indexOf("found varchar");
    const [a, b] = [sorted(theirs.rows, at), sorted(ours.rows, at)];
    const place = Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i).find((i) => a[i] !== b[i]);
    result.rows += a.length;
    if (place !== undefined) differs(a[place] ?? "no more rows", b[place] ?? "no more rows");
  }
}

/** The days that a report found, in the column at `found`, are joined in any order. */
function sorted(rows: Rows, found: number): string[] {
  const ordered = (value: string | null, i: number) =>
    i === found && value ? value.split(" ").sort().join(" ") : value;
  return rows.map((row) => JSON.stringify(row.map(ordered))).sort();
}

/** The bucket is a folder of Trino's file system. */
async function askTrino(trino: Trino, schema: string, { text }: Statement): Promise<Answer> {
  try {
    const { columns, rows } = await trino.ask(text.replaceAll("'s3://", "'local:///s3/"), schema);
    const place = (value: string | null) => value?.replace(/^local:\/\/\/s3\//, "s3://") ?? null;
    return { types: columns.map(({ name, type }) => `${name} ${type}`), rows: rows.map((row) => row.map(place)) };
  } catch (error) {
    if (error instanceof TrinoError) return { error: error.message };
    throw error;
  }
}

async function askAthena(lake: Lake, { text }: Statement): Promise<Answer> {
  try {
    const { columns, rows } = await readAthena(lake, text);
    return { types: columns.map(({ name, type }) => `${name} ${type.replace(/\(.*/, "")}`), rows };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
