/**
 * Answers of Athena kept in DynamoDB, so that a repeated question starts nothing: packed rows in items below DynamoDB's limit of
 * 400 KB (`pk = answer#<hash>`, `sk = 0, 1, …`). While Athena is at it, item 0 holds the execution instead, so that whoever
 * asks meanwhile, or after a time-out, waits for the same one.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  paginateQuery,
} from "@aws-sdk/client-dynamodb";
import { log } from "../../log.ts";
import type { Item } from "./get-items.ts";

type Store = { client: DynamoDBClient; table: string };

/** What is known of a question: its rows, or the execution that will bring them. */
export type Known<Row> = { rows: readonly Row[] } | { execution: string };

const CHUNK_BYTES = 350_000;
const KEPT_S = 7 * 86_400;
const RUNNING_S = 3_600;

export type Answers = ReturnType<typeof createAnswers>;

/** Answers by the hash of their question. `now` is in epoch milliseconds. */
export function createAnswers({ client, table }: Store) {
  const put = (item: Item) => client.send(new PutItemCommand({ TableName: table, Item: item }));
  return {
    async read<Row>(hash: string, now: number): Promise<Known<Row> | undefined> {
      const items = await readItems({ client, table }, hash);
      const first = items[0];
      // Expired items are deleted within days, not at once.
      if (first?.execution?.S === undefined || Number(first.expires?.N) * 1000 <= now) return undefined;
      return first.chunks === undefined ? { execution: first.execution.S } : unpack<Row>(items, hash);
    },

    async putRunning(hash: string, execution: string, now: number): Promise<void> {
      await put({ ...keyOf(hash, 0), execution: { S: execution }, expires: seconds(now, RUNNING_S) });
    },

    /** The first item is written last: who finds it finds the others. */
    async putRows(hash: string, execution: string, rows: readonly unknown[], now: number): Promise<void> {
      const packed = gzipSync(JSON.stringify(rows));
      const chunks = Math.ceil(packed.length / CHUNK_BYTES);
      for (let i = chunks - 1; i >= 0; i--) {
        await put({
          ...keyOf(hash, i),
          execution: { S: execution },
          chunks: { N: String(chunks) },
          b: { B: packed.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES) },
          expires: seconds(now, KEPT_S),
        });
      }
    },

    async remove(hash: string): Promise<void> {
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(hash, 0) }));
    },
  };
}

async function readItems({ client, table }: Store, hash: string): Promise<Item[]> {
  const input = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: `answer#${hash}` } },
  };
  const items: Item[] = [];
  for await (const page of paginateQuery({ client }, input)) items.push(...(page.Items ?? []));
  return items.sort((a, b) => Number(a.sk?.S) - Number(b.sk?.S));
}

/** The rows, or nothing when chunks are missing or of different executions: then Athena is asked again. */
function unpack<Row>(items: readonly Item[], hash: string): { rows: Row[] } | undefined {
  const [first] = items;
  const chunks = items.slice(0, Number(first?.chunks?.N));
  const fits =
    chunks.length === Number(first?.chunks?.N) && chunks.every((c) => c.execution?.S === first?.execution?.S);
  if (!fits) return undefined;
  try {
    return { rows: JSON.parse(gunzipSync(Buffer.concat(chunks.flatMap((c) => c.b?.B ?? []))).toString()) };
  } catch (error) {
    log.warn("Cannot read a kept answer, asking Athena again", { hash, error });
    return undefined;
  }
}

function keyOf(hash: string, chunk: number): Item {
  return { pk: { S: `answer#${hash}` }, sk: { S: String(chunk) } };
}

function seconds(now: number, kept: number): AttributeValue {
  return { N: String(Math.floor(now / 1000) + kept) };
}
