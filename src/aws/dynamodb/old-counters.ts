/** Reads the counters that the release before blocks left in the table: see `src/table/old-counters.ts`. */
import { type DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";
import type { OldCounter } from "../../table/old-counters.ts";
import type { Item } from "./get-items.ts";

export type OldCounters = ReturnType<typeof createOldCounters>;

/** Old counters in a table, strongly consistent. Every method throws the SDK's errors. */
export function createOldCounters({ client, table }: { client: DynamoDBClient; table: string }) {
  return {
    /** The counters of a partition whose sort keys lie between two texts, both included. */
    async read(pk: string, from: string, to: string): Promise<OldCounter[]> {
      const input = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":from": { S: from }, ":to": { S: to } },
      };
      const counters: OldCounter[] = [];
      for await (const page of paginateQuery({ client }, input)) counters.push(...(page.Items ?? []).map(toCounter));
      return counters;
    },
  };
}

function toCounter({ sk, n, s, k }: Item): OldCounter {
  const value = s?.B ?? BigInt(n?.N ?? 0);
  return { sk: sk?.S ?? "", value, ...(k?.S === undefined ? {} : { longKey: k.S }) };
}
