/**
 * Which days have a rollup in the catalog, an item a year (`pk = sealed`, `sk = <year>`), so that one that is no longer there can be
 * told from a day without events; and the reservation of a month by the run that rolls it up (`pk = months`, `sk = <month>`).
 * Only the batch writes here, a day after its partition is in place.
 */
import { type DynamoDBClient, paginateQuery, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { Item } from "./get-items.ts";
import { updateItem } from "./update-item.ts";

type Times = { now: number; staleAfter: number };

export type SealedDays = ReturnType<typeof createSealedDays>;

/** Throws the SDK's errors; a condition that does not hold is a value, not an error. */
export function createSealedDays({ client, table }: { client: DynamoDBClient; table: string }) {
  const update = (key: Item, input: Partial<UpdateItemCommandInput>) =>
    updateItem(client, { TableName: table, Key: key, ...input });
  return {
    async add(day: string): Promise<void> {
      await update(
        { pk: { S: "sealed" }, sk: { S: day.slice(0, 4) } },
        {
          UpdateExpression: "ADD #days :days",
          ExpressionAttributeNames: { "#days": "days" },
          ExpressionAttributeValues: { ":days": { SS: [day] } },
        },
      );
    },

    /** All of them: 4 KB a year. */
    async read(): Promise<Set<string>> {
      const input = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": { S: "sealed" } },
      };
      const days = new Set<string>();
      for await (const { Items = [] } of paginateQuery({ client }, input))
        for (const day of Items.flatMap((item) => item.days?.SS ?? [])) days.add(day);
      return days;
    },

    /** Reserves a month for a run. A reservation older than `staleAfter` ms belongs to a dead run and is taken over. */
    startMonth(month: string, run: string, { now, staleAfter }: Times): Promise<boolean> {
      return update(keyOfMonth(month), {
        UpdateExpression: "SET moving = :run, moving_at = :now",
        ConditionExpression: "attribute_not_exists(moving) OR moving = :run OR moving_at < :stale",
        ExpressionAttributeValues: {
          ":run": { S: run },
          ":now": { N: String(now) },
          ":stale": { N: String(now - staleAfter) },
        },
      });
    },

    async endMonth(month: string, run: string): Promise<void> {
      await update(keyOfMonth(month), {
        UpdateExpression: "REMOVE moving, moving_at",
        ConditionExpression: "moving = :run",
        ExpressionAttributeValues: { ":run": { S: run } },
      });
    },
  };
}

function keyOfMonth(month: string): Item {
  return { pk: { S: "months" }, sk: { S: month } };
}
