/**
 * The time zone whose days stand in the table, in an item of its own (`pk = zone`, `sk = zone`): written once, by the first function
 * that counts, and never changed. A stage that is deployed with another zone must not add to it, seal it or answer from it.
 */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { log } from "../../log.ts";

type Options = { client: DynamoDBClient; table: string; timezone: string; clock: () => number };
type Seen = { zone: string | undefined; at: number };

const KEY = { pk: { S: "zone" }, sk: { S: "zone" } };
/** How long it is believed that there is no zone yet, that it is another, or that it cannot be read. */
export const LOOK_AGAIN_MS = 60_000;

export type TableZone = ReturnType<typeof createTableZone>;

/** The zone of one table, for a function of a stage in `timezone`. Once both are known to be the same, no call asks again. */
export function createTableZone({ client, table, timezone, clock }: Options) {
  let seen: Promise<Seen> | undefined;

  async function look(): Promise<Seen> {
    const at = clock();
    try {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: KEY }));
      const zone = Item?.zone?.S;
      if (zone !== undefined && zone !== timezone)
        log.error("The table holds days of another time zone than this stage counts", { table, zone, timezone });
      return { zone, at };
    } catch (error) {
      log.warn("Cannot read the table's time zone", { table, error });
      return { zone: undefined, at };
    }
  }

  return {
    /** The zone, or undefined where the table has none yet or cannot be read: nobody is kept waiting by that. Never rejects. */
    async read(): Promise<string | undefined> {
      seen ??= look();
      const { zone, at } = await seen;
      if (zone !== timezone && clock() - at >= LOOK_AGAIN_MS) seen = look();
      return (await seen).zone;
    },

    /** The zone, which is the stage's from now on where there was none. Rejects with the SDK's errors. */
    async claim(): Promise<string> {
      if ((await seen)?.zone === timezone) return timezone;
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: KEY,
          UpdateExpression: "SET #zone = if_not_exists(#zone, :zone)",
          ExpressionAttributeNames: { "#zone": "zone" },
          ExpressionAttributeValues: { ":zone": { S: timezone } },
          ReturnValues: "ALL_NEW",
        }),
      );
      const zone = Attributes?.zone?.S ?? timezone;
      seen = Promise.resolve({ zone, at: clock() });
      return zone;
    },
  };
}
