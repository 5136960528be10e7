/** The SDK's client for DynamoDB, made cheap: most of what a small call costs is the SDK's own work around it. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { leanSettings, spareSteps } from "../lean-client.ts";

/** A client with the SDK's own limits and attempts. */
export function createDynamoDbClient(): DynamoDBClient {
  return spareSteps(new DynamoDBClient(leanSettings));
}

/** A client for what a request may do without: it gives up a call after about a second. */
export function createQuickDynamoDbClient(): DynamoDBClient {
  const requestHandler = { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true };
  return spareSteps(new DynamoDBClient({ ...leanSettings, maxAttempts: 1, requestHandler }));
}
