/**
 * Lambda that a subscription filter of CloudWatch Logs invokes with the lines of a log group.
 * What cannot be taken now fails the invocation, and all of it comes again: each event counts once.
 */
import { batchesByMinute } from "../collect/logs/named-batches.ts";
import { withInvocation } from "../invocation.ts";
import { cloudWatchEvent, readCloudWatchLogs } from "../sources/aws/cloudwatch-logs.ts";
import { sourceIntake } from "../wiring/source-intake.ts";

const take = sourceIntake();

export const handler = withInvocation((event: unknown) => {
  const { awslogs } = cloudWatchEvent.parse(event);
  return take(batchesByMinute("cloudwatch", readCloudWatchLogs(awslogs.data)));
});
