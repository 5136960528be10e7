/** Has the stage take a snapshot of each database of the demo, and reads from its status how many rows arrived. */
import type { Fetching } from "../servers/maven.ts";
import { type Api, readSnapshots } from "./api.ts";
import type { DemoDatabase } from "./databases.ts";
import { bucket, invoke, putFile, putSecret, removeFile } from "./local-aws.ts";

/** Rows of a database, and how many of them the status names. */
export type Copied = { database: DemoDatabase; rows: number };

/**
 * Copies those that this machine has, all at once; says of the others why not. A snapshot that is of this hour already
 * is not taken again. What has to be fetched first is fetched until `signal`.
 */
export async function copyDatabases(
  api: Api,
  databases: readonly DemoDatabase[],
  print: (line: string) => void,
  signal?: AbortSignal,
): Promise<Copied[]> {
  const copied = await Promise.all(
    databases.map(async (database) => {
      const say = (line: string) => print(`${database.name}: ${line}`);
      const skipped = await copy(api, database, { say, ...(signal && { signal }) });
      if (skipped === undefined) return [{ database, rows: 0 }];
      print(`Skipped ${database.name}: ${skipped}`);
      return [];
    }),
  );
  const arrived = await readSnapshots(api);
  return copied.flat().map(({ database }) => ({ database, rows: arrived.get(database.source) ?? 0 }));
}

/** Why there is no snapshot, or undefined if there is one. */
async function copy({ awsUrl }: Api, { source, start }: DemoDatabase, fetching: Fetching): Promise<string | undefined> {
  const started = await start(fetching);
  if (typeof started === "string") return started;
  await using open = started;
  if ("secret" in open) await putSecret(awsUrl, source, JSON.stringify(open.secret));
  else await putFile(awsUrl, `${bucket}/${open.file.key}`, open.file.body);
  const { isThere, isDone, text } = await invoke(awsUrl, "snapshot", { source });
  if ("file" in open) await removeFile(awsUrl, `${bucket}/${open.file.key}`);
  if (!isThere) return "turn it on with the parameter snapshots (docs/sources.md)";
  if (isDone) return undefined;
  if (text.includes("there is no such source")) return "DAYMARK_SNAPSHOTS names other databases";
  throw new Error(`Cannot take a snapshot of ${source}: ${text.slice(0, 500)}`);
}
