/**
 * The Lambda that a subscription filter of CloudWatch Logs invokes with the lines of a log group. If anything cannot be
 * taken now, the invocation fails and is repeated as a whole; each event still counts once.
 */
import { batchesByMinute } from "../collect/logs/named-batches.ts";
import { withInvocation } from "../invocation.ts";
import { cloudWatchEvent, readCloudWatchLogs } from "../sources/aws/cloudwatch-logs.ts";
import { sourceIntake } from "../wiring/source-intake.ts";

const take = sourceIntake("cloudwatch");

export const handler = withInvocation((event: unknown) => {
  const { awslogs } = cloudWatchEvent.parse(event);
  return take(batchesByMinute("cloudwatch", readCloudWatchLogs(awslogs.data)));
});
