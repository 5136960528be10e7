/** The SDK's client for DynamoDB, made cheap: the stream sends one small call for each counter that a batch touches. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { leanSettings, spareSteps } from "./lean-client.ts";

/** A client with the SDK's own limits and attempts. */
export function createDynamoDbClient(): DynamoDBClient {
  return spareSteps(new DynamoDBClient(leanSettings));
}
