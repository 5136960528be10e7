/**
 * Lambda that a subscription filter of CloudWatch Logs invokes with the lines of a log group.
 * What cannot be taken now fails the invocation, and all of it comes again: each event counts once.
 */
import { randomUUID } from "node:crypto";
import { deliver } from "../aws/deliver-collected.ts";
import { createQuickDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { createFirehoseClient } from "../aws/firehose-client.ts";
import { createSecret } from "../aws/secret.ts";
import { createSecretsManagerClient } from "../aws/secrets-manager-client.ts";
import { createIntake } from "../collect/intake.ts";
import { batchesByMinute } from "../collect/named-batches.ts";
import { sourceConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { cloudWatchEvent, readCloudWatchLogs } from "../sources/aws/cloudwatch-logs.ts";
import { requireSameZone } from "../table/time-zone.ts";

const config = sourceConfig();
const firehose = createFirehoseClient();
const clock = () => Date.now();
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
  const { awslogs } = cloudWatchEvent.parse(event);
  return take(batchesByMinute("cloudwatch", readCloudWatchLogs(awslogs.data)));
});
