/** The SDK's client for DynamoDB, made cheap: most of the cost of a small call is the SDK's own work around it. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { leanSettings, spareSteps } from "../lean-client.ts";

/** A client with the SDK's default time-outs and attempts. */
export function createDynamoDbClient(): DynamoDBClient {
  return spareSteps(new DynamoDBClient(leanSettings));
}

/** A client for reads that a request can do without: it gives up a call after about a second. */
export function createQuickDynamoDbClient(): DynamoDBClient {
  const requestHandler = { connectionTimeout: 500, requestTimeout: 1000, throwOnRequestTimeout: true };
  return spareSteps(new DynamoDBClient({ ...leanSettings, maxAttempts: 1, requestHandler }));
}
