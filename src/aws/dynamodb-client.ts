/** The SDK's client for DynamoDB, made cheap: most of what a small call costs is the SDK's own work around it. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { leanSettings, spareSteps } from "./lean-client.ts";

/** A client with the SDK's own limits and attempts. */
export function createDynamoDbClient(): DynamoDBClient {
  return spareSteps(new DynamoDBClient(leanSettings));
}
