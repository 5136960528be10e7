/**
 * Lambda that S3 notifies of new access logs in a bucket: of CloudFront, load balancers and S3 itself.
 * What cannot be taken now fails the invocation, and all of it comes again: each event counts once.
 */
import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { deliver } from "../aws/deliver-collected.ts";
import { createQuickDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { createFirehoseClient } from "../aws/firehose-client.ts";
import { openLogObject } from "../aws/log-object.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { createIntake } from "../collect/intake.ts";
import { batchesOfLogs } from "../collect/log-files.ts";
import { sourceConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { bucketEvent, readBucketObjects } from "../sources/aws/bucket-objects.ts";
import { requireSameZone } from "../table/time-zone.ts";

const config = sourceConfig();
const firehose = createFirehoseClient();
const clock = () => Date.now();
const s3 = new S3Client({});
const zone = createTableZone({ ...config, client: createQuickDynamoDbClient(), clock });
const take = createIntake({
  config,
  readSalt: createSecret({ client: createSecretsManagerClient(), clock, id: config.visitorSaltSecret }).read,
  requireZone: async () => requireSameZone(config.timezone, await zone.read(), "take events"),
  deliver: (collected) => deliver(firehose, collected, config.rejectedStream),
  clock,
  newId: randomUUID,
});

export const handler = withInvocation((event: unknown) => {
  const files = readBucketObjects(bucketEvent.parse(event)).map((object) => ({
    name: [object.bucket, object.key, object.etag],
    open: () => openLogObject(s3, object),
  }));
  return take(batchesOfLogs(files));
});
