/** A statement to local Athena over its wire, as the command `npm run sql` sends it. */
import { AthenaClient } from "@aws-sdk/client-athena";
import { type Column, type Row, readResult, runQuery } from "../../tools/sql/query.ts";
import type { Lake } from "./lake.ts";

/** The rows of a statement, all values as text. Rejects with Athena's reason if it fails. */
export async function askAthena(lake: Lake, text: string): Promise<Row[]> {
  return (await readAthena(lake, text)).rows;
}

/** Columns and rows of a statement. */
export async function readAthena({ awsUrl }: Lake, text: string): Promise<{ columns: Column[]; rows: Row[] }> {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new AthenaClient({ endpoint: awsUrl, region: "us-east-1", credentials });
  try {
    const waiting = { progress: () => {}, signal: new AbortController().signal };
    const result = await readResult(client, await runQuery(client, "local", { text, params: [] }, waiting));
    const rows: Row[] = [];
    for await (const row of result.rows) rows.push(row);
    return { columns: result.columns, rows };
  } finally {
    client.destroy();
  }
}
