/** The scheduled snapshots of databases. What a run does, and in which order, is in src/snapshot/take-source.ts. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { LambdaClient } from "@aws-sdk/client-lambda";
import middy from "@middy/core";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { startFunction } from "../aws/start-function.ts";
import { snapshotConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { reporter } from "../log.ts";
import { partitionIn } from "../snapshot/partition.ts";
import { createSnapshot, invocationOf } from "../snapshot/take-source.ts";
import { createSnapshotStates } from "../table/snapshot-states.ts";
import { connectSource } from "../wiring/connect-source.ts";
import { snapshotPlaces } from "../wiring/snapshot-places.ts";

const { table, database, timezone, lakeBucket, sources, visitorSaltSecret, functionName } = snapshotConfig();
const clock = () => Date.now();
const [lambda, secrets] = [new LambdaClient({}), { client: createSecretsManagerClient(), clock }];
const readSecret = (id: string) => createSecret({ ...secrets, id }).read();
const take = createSnapshot({
  ...reporter,
  ...snapshotPlaces(lakeBucket, database),
  sources,
  connect: (source) => connectSource(source, readSecret),
  start: (event) => startFunction(lambda, functionName, event),
  states: createSnapshotStates(createTable({ client: createDynamoDbClient(), table })),
  readPseudonymKey: createSecret({ ...secrets, id: visitorSaltSecret }).read,
  partitionOf: partitionIn(timezone),
  newRun: () => `${new Date().toISOString().replace(/[-:.]/g, "")}-${randomUUID().slice(0, 8)}`,
  sleep: (ms) => pause(ms),
  clock,
});

export const handler = withInvocation(middy<unknown>().handler((event, context) => take(event, invocationOf(context))));
