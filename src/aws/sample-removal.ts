/** Removes samples of rejected events (rejected-samples.ts) by what they hold. */
import { DeleteItemCommand, type DynamoDBClient, paginateQuery } from "@aws-sdk/client-dynamodb";

/** Samples in a table; throws the SDK's errors. */
export function createSampleRemoval({ client, table }: { client: DynamoDBClient; table: string }) {
  return {
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
