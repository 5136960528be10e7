/**
 * Lambda that S3 notifies of new access logs in a bucket: of CloudFront, load balancers and S3 itself.
 * What cannot be taken now fails the invocation, and all of it comes again: each event counts once.
 */
import { S3Client } from "@aws-sdk/client-s3";
import { batchesOfLogs } from "../collect/logs/log-files.ts";
import { withInvocation } from "../invocation.ts";
import { bucketEvent, readBucketObjects } from "../sources/aws/bucket-objects.ts";
import { openLogFile } from "../wiring/open-log-file.ts";
import { sourceIntake } from "../wiring/source-intake.ts";

const s3 = new S3Client({});
const take = sourceIntake();

export const handler = withInvocation((event: unknown) => {
  const files = readBucketObjects(bucketEvent.parse(event)).map((object) => ({
    name: [object.bucket, object.key, object.etag],
    open: () => openLogFile(s3, object),
  }));
  return take(batchesOfLogs(files));
});
