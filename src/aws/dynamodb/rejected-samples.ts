/** Samples of rejected events in DynamoDB: one item for each reason (`pk = rejected`, `sk = reason#<reason>`). */
import { DeleteItemCommand, type DynamoDBClient, PutItemCommand, paginateQuery } from "@aws-sdk/client-dynamodb";
import type { RejectedSample, SampleKey, SampleWrite } from "../../table/rejected-samples.ts";
import { forEachLimited } from "../for-each-limited.ts";
import { getItems, type Item } from "./get-items.ts";

const WRITES_AT_ONCE = 20;

export type RejectedSamples = ReturnType<typeof createRejectedSamples>;

/** Samples in a table. Every method throws the SDK's errors. */
export function createRejectedSamples({ client, table }: { client: DynamoDBClient; table: string }) {
  return {
    /** Puts samples in the place of those that their reasons had; `expires` in epoch seconds. */
    put: (writes: readonly SampleWrite[], expires: number): Promise<void> =>
      forEachLimited(writes, WRITES_AT_ONCE, ({ key, sample }) =>
        client.send(new PutItemCommand({ TableName: table, Item: toItem(key, sample, expires) })),
      ),
    /** The samples under some keys, in any order. */
    read: async (keys: readonly SampleKey[]): Promise<RejectedSample[]> =>
      (await getItems({ client, table }, keys.map(keyOf))).map(toSample),

    /** Removes the samples whose text is of a kind; returns how many. */
    async removeWhere(isOf: (text: string) => boolean): Promise<number> {
      const input = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "rejected" } },
      };
      let removed = 0;
      for await (const { Items = [] } of paginateQuery({ client }, input)) {
        for (const { pk, sk, raw, errors } of Items) {
          if (pk === undefined || sk === undefined || !isOf(`${raw?.S} ${errors?.S}`)) continue;
          await client.send(new DeleteItemCommand({ TableName: table, Key: { pk, sk } }));
          removed++;
        }
      }
      return removed;
    },
  };
}

function toItem(key: SampleKey, { reason, received_at, app, errors, raw }: RejectedSample, expires: number): Item {
  return {
    ...keyOf(key),
    reason: { S: reason },
    received_at: { S: received_at },
    app: { S: app },
    errors: { S: errors },
    raw: { S: raw },
    expires: { N: String(expires) },
  };
}

function toSample({ reason, received_at, app, errors, raw }: Item): RejectedSample {
  return {
    reason: reason?.S ?? "",
    received_at: received_at?.S ?? "",
    app: app?.S ?? "",
    errors: errors?.S ?? "",
    raw: raw?.S ?? "",
  };
}

function keyOf({ pk, sk }: SampleKey): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}
