/** The scheduled snapshots of databases. What a run does in which order is in src/snapshot/postgres-run.ts. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { S3Client } from "@aws-sdk/client-s3";
import middy from "@middy/core";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { createS3Objects } from "../aws/s3-objects.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { createSnapshotFiles } from "../aws/snapshot-files.ts";
import { startFunction } from "../aws/start-function.ts";
import { snapshotConfig } from "../config.ts";
import { connectPostgres } from "../databases/postgres.ts";
import { withInvocation } from "../invocation.ts";
import { reporter } from "../log.ts";
import { partitionIn } from "../snapshot/partition.ts";
import { createRunFiles } from "../snapshot/run-files.ts";
import { createSnapshot } from "../snapshot/take-source.ts";
import { createSnapshotStates } from "../table/snapshot-states.ts";

const { table, timezone, lakeBucket, sources, visitorSaltSecret, functionName } = snapshotConfig();
const clock = () => Date.now();
const secrets = { client: createSecretsManagerClient(), clock };
const [lambda, s3] = [new LambdaClient({}), new S3Client({})];
const objects = createS3Objects({ client: s3, bucket: lakeBucket });
const take = createSnapshot({
  ...reporter,
  ...createSnapshotFiles({ client: s3, objects }),
  ...createRunFiles(objects),
  sources,
  connect: async ({ secret, ...place }) =>
    connectPostgres(await createSecret({ ...secrets, id: secret }).read(), place),
  start: (event) => startFunction(lambda, functionName, event),
  states: createSnapshotStates(createTable({ client: createDynamoDbClient(), table })),
  readPseudonymKey: createSecret({ ...secrets, id: visitorSaltSecret }).read,
  partitionOf: partitionIn(timezone),
  newRun: () => `${new Date().toISOString().replace(/[-:.]/g, "")}-${randomUUID().slice(0, 8)}`,
  sleep: (ms) => pause(ms),
  clock,
});

export const handler = withInvocation(
  middy<unknown>().handler((event, context) => take(event, () => context.getRemainingTimeInMillis())),
);
