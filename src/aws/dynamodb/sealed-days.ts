/**
 * Which days have a rollup in the catalog, an item a year (`pk = sealed`, `sk = <year>`), so that one that is no longer there can be
 * told from a day without events; which partitions were put in place, so that what they replaced can be removed (`moved`, beside the
 * days); and the reservation of a month by the run that rolls it up (`pk = months`, `sk = <month>`). Only the batch writes here, a day
 * after its partition is in place.
 */
import { type DynamoDBClient, paginateQuery, type UpdateItemCommandInput } from "@aws-sdk/client-dynamodb";
import type { Placed, SealedTable } from "../../athena-queries/rollup-statements.ts";
import type { Item } from "./get-items.ts";
import { updateItem } from "./update-item.ts";

const tables: readonly SealedTable[] = ["daily_events", "rollups", "rollups_monthly", "rollups_by_month"];

type Times = { now: number; staleAfter: number };

export type SealedDays = ReturnType<typeof createSealedDays>;

/** Throws the SDK's errors; a condition that does not hold is a value, not an error. */
export function createSealedDays({ client, table }: { client: DynamoDBClient; table: string }) {
  const update = (key: Item, input: Partial<UpdateItemCommandInput>) =>
    updateItem(client, { TableName: table, Key: key, ...input });

  async function readYears(): Promise<Item[]> {
    const input = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "sealed" } },
    };
    const items: Item[] = [];
    for await (const page of paginateQuery({ client }, input)) items.push(...(page.Items ?? []));
    return items;
  }

  return {
    async add(day: string): Promise<void> {
      await update(keyOfYear(day), {
        UpdateExpression: "ADD #days :days, moved :moved",
        ExpressionAttributeNames: { "#days": "days" },
        ExpressionAttributeValues: {
          ":days": { SS: [day] },
          ":moved": { SS: [nameOf("rollups", day), nameOf("daily_events", day)] },
        },
      });
    },

    async addMonth(month: string): Promise<void> {
      await update(keyOfYear(month), {
        UpdateExpression: "ADD moved :moved",
        ExpressionAttributeValues: {
          ":moved": { SS: [nameOf("rollups_monthly", month), nameOf("rollups_by_month", month)] },
        },
      });
    },

    /** The partitions that were put in place, and not yet forgotten. */
    async readMoved(): Promise<Placed[]> {
      return (await readYears()).flatMap((item) => item.moved?.SS ?? []).flatMap(placedOf);
    },

    async forgetMoved({ table, partition }: Placed): Promise<void> {
      await update(keyOfYear(partition), {
        UpdateExpression: "DELETE moved :moved",
        ExpressionAttributeValues: { ":moved": { SS: [nameOf(table, partition)] } },
      });
    },

    /** All of them: 4 KB a year. */
    async read(): Promise<Set<string>> {
      return new Set((await readYears()).flatMap((item) => item.days?.SS ?? []));
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

/** Days and months begin with their year. */
function keyOfYear(partition: string): Item {
  return { pk: { S: "sealed" }, sk: { S: partition.slice(0, 4) } };
}

function nameOf(table: SealedTable, partition: string): string {
  return `${table}/${partition}`;
}

function placedOf(name: string): Placed[] {
  const [of = "", partition = ""] = name.split("/");
  const table = tables.find((one) => one === of);
  return table === undefined ? [] : [{ table, partition }];
}
