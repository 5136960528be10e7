/** Updates one item on a condition. What meets a transaction at the same item is done again: the SDK takes that for final. */
import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { retryConflicts } from "./transact-updates.ts";

/** True when the update was made, false when its condition did not hold. Throws the SDK's other errors. */
export async function updateItem(client: DynamoDBClient, input: UpdateItemCommandInput): Promise<boolean> {
  try {
    await retryConflicts(() => client.send(new UpdateItemCommand(input)));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
