/**
 * What must be true after the kills: numbers, counters and lake have every event once. Deviations are returned as
 * texts.
 */

import { join } from "node:path";
import { type AttributeValue, DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { openDatabase } from "../../local/duckdb/database.ts";
import { createTable } from "../../src/aws/dynamodb/table.ts";
import { sumOf, toNumber } from "../../src/metrics/merge.ts";
import { createDayLedger } from "../../src/table/days/day-ledger.ts";
import { presentOf } from "../aws/present-values.ts";
import type { SentEvent } from "./kill-load.ts";
import { distinct } from "./truth.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };

type Answer = { total: number; groups?: { key: string; value: number }[] };
export type Range = { from: string; to: string };

/** Compares the answers of `/v1` with the truth. */
export async function checkAnswers(url: string, { from, to }: Range, events: readonly SentEvent[]): Promise<string[]> {
  const byTarget = await ask(url, `clicks?from=${from}&to=${to}&by=target&limit=1000`);
  const visitors = await ask(url, `visitors?from=${from}&to=${to}`);
  const groups = new Map(byTarget.groups?.map(({ key, value }) => [key, value]));
  const targets = Map.groupBy(events, ({ target }) => target);
  return [
    ...differs("total of clicks", byTarget.total, events.length),
    ...differs("visitors", visitors.total, distinct(events, "vs_local")),
    ...[...targets].flatMap(([target, own]) => differs(`clicks on ${target}`, groups.get(target) ?? 0, own.length)),
  ];
}

/** Compares the blocks of all days with the truth: they outlive the seal. */
export async function checkBlocks(awsUrl: string, days: readonly string[], events: number): Promise<string[]> {
  const client = new DynamoDBClient({ endpoint: awsUrl, region: "us-east-1", credentials });
  const table = createTable({ client, table: "daymark-local" });
  let total = 0n;
  for (const day of days) total += toNumber(sumOf(await presentOf(table, day, { metric: "clicks", breakdown: "" })));
  client.destroy();
  return differs("sum of the blocks", Number(total), events);
}

/** Compares the Parquet files under a home with the truth, by event_id. */
export async function checkLake(home: string, events: readonly SentEvent[]): Promise<string[]> {
  await using database = await openDatabase({ home: join(home, "reader"), threads: 1 });
  using connection = await database.connect();
  const files = `read_parquet('${home}/s3/*/events/*/*.parquet', union_by_name = true)`;
  const rows = await connection.runAndReadAll(
    `SELECT event_id, count(*) FILTER (WHERE NOT coalesce(is_copy, false))::int FROM ${files} GROUP BY event_id`,
  );
  const originals = new Map(rows.getRows().map(([id, count]) => [String(id), Number(count)]));
  const lost = events.filter(({ event_id }) => !originals.has(event_id)).length;
  const twice = [...originals.values()].filter((count) => count !== 1).length;
  return [
    ...differs("events in the lake", originals.size, events.length),
    ...differs("acknowledged events that are not in the lake", lost, 0),
    ...differs("events that have not one row in the lake that is no copy", twice, 0),
  ];
}

async function ask(url: string, question: string): Promise<Answer> {
  for (let tries = 0; ; tries++) {
    const headers = { authorization: "Bearer rt_local" };
    const answer = await fetch(`${url}/v1/metrics/${question}`, { headers });
    if (answer.status === 200) return (await answer.json()) as Answer;
    if (tries > 20) throw new Error(`Cannot ask ${question}: ${answer.status} ${await answer.text()}`);
    await new Promise((done) => setTimeout(done, 500));
  }
}

function differs(what: string, found: number, truth: number): string[] {
  return found === truth ? [] : [`${what}: ${found}, true is ${truth}`];
}

/** The ledger's content for some days. */
export async function readLedger(awsUrl: string, days: readonly string[]) {
  const client = new DynamoDBClient({ endpoint: awsUrl, region: "us-east-1", credentials });
  try {
    return await createDayLedger(createTable({ client, table: "daymark-local" })).getDays(days);
  } finally {
    client.destroy();
  }
}

/** Removes the watermark. Days with counters are then answered from these until the next batch run. */
export async function forgetWatermark(awsUrl: string): Promise<void> {
  await update(awsUrl, { pk: "state", sk: "rollups" }, "REMOVE watermark");
}

/** Lets 20 minutes pass for a run that was killed while it had reserved a day: the next one may take the day over. */
export async function outlastReservation(awsUrl: string, day: string): Promise<void> {
  await update(awsUrl, { pk: "days", sk: day }, "SET moving_at = :long_ago", { ":long_ago": { N: "0" } });
}

async function update(
  awsUrl: string,
  { pk, sk }: { pk: string; sk: string },
  UpdateExpression: string,
  values?: Record<string, AttributeValue>,
): Promise<void> {
  const client = new DynamoDBClient({ endpoint: awsUrl, region: "us-east-1", credentials });
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const more = values && { ExpressionAttributeValues: values };
  try {
    await client.send(new UpdateItemCommand({ TableName: "daymark-local", Key, UpdateExpression, ...more }));
  } finally {
    client.destroy();
  }
}
