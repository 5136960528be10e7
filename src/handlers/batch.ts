/** The scheduled batch. What it does, and in which order, is in src/batch/batch.ts and src/batch/seal-run.ts. */
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { AthenaClient } from "@aws-sdk/client-athena";
import { S3Client } from "@aws-sdk/client-s3";
import middy from "@middy/core";
import { personStatements } from "../athena-queries/person-rows.ts";
import { rollupStatements } from "../athena-queries/rollup-statements.ts";
import { createAthena } from "../aws/athena.ts";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTable } from "../aws/dynamodb/table.ts";
import { createS3Objects } from "../aws/s3-objects.ts";
import { createBatch } from "../batch/batch.ts";
import { batchConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { reporter } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";

const { table, workgroup: workGroup, database, lakeBucket, ...config } = batchConfig();
const batch = createBatch({
  ...config,
  ...reporter,
  table: createTable({ client: createDynamoDbClient(), table }),
  athena: createAthena({ client: new AthenaClient({}), workGroup, database }),
  objects: createS3Objects({ client: new S3Client({}), bucket: lakeBucket }),
  catalog,
  statements: rollupStatements(catalog, lakeBucket, config.timezone),
  personStatements,
  clock: () => Date.now(),
  newRun: (now) => `${new Date(now).toISOString().replace(/[-:.]/g, "")}-${randomUUID().slice(0, 8)}`,
  pause,
});

export const handler = withInvocation(
  middy<unknown>().handler((event, lambda) => batch(event, () => lambda.getRemainingTimeInMillis())),
);
