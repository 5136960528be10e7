/**
 * Updates one item on a condition. A conflict with a transaction on the same item is retried here, because the SDK does
 * not retry it.
 */
import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { Change, Item, Key } from "../../table/table.ts";
import { retryConflicts } from "./transact-updates.ts";

type Store = { client: DynamoDBClient; table: string };

/** The attributes that were asked for, undefined when the condition does not hold. Throws the SDK's other errors. */
export async function updateItem(
  { client, table }: Store,
  key: Key,
  change: Change,
  returns: "NONE" | "ALL_NEW" = "NONE",
): Promise<Item | undefined> {
  const input = { TableName: table, Key: key, ...change, ...(returns === "ALL_NEW" && { ReturnValues: returns }) };
  try {
    const { Attributes } = await retryConflicts(() => client.send(new UpdateItemCommand(input)));
    return Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
