/** The one table on a local DynamoDB in its own folder, for tests of its content. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startDynamoDb } from "../../../local/dynamodb/service.ts";
import { startAwsEndpoint } from "../../../local/endpoint/aws-endpoint.ts";
import { createFaults } from "../../../local/faults.ts";
import { createTable } from "../../../src/aws/dynamodb/table.ts";

/** The keys of the one table. */
export const keySchema = {
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
};
const table = { TableName: "daymark-test", ...keySchema };

/**
 * Starts an empty table; disposing ends everything. `store` is the table as the rooms see it, `faults` breaks its
 * operations.
 */
export async function startTable() {
  const stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-table-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const faults = createFaults();
  const dynamoDb = stack.use(await startDynamoDb({ home, tables: [table], faults }));
  const invoke = () => Promise.reject(new Error("no function here"));
  const { url } = stack.use(await startAwsEndpoint({ port: 0, services: [dynamoDb.service], invoke, faults }));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint: url, region: "us-east-1", credentials });
  stack.defer(() => client.destroy());
  const store = createTable({ client, table: table.TableName });
  return { client, table: table.TableName, store, faults, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
