/**
 * The Lambda that S3 notifies of new access logs in a bucket: those of CloudFront, load balancers and S3 itself. If
 * anything cannot be taken now, the invocation fails and is repeated as a whole; each event still counts once.
 */
import { S3Client } from "@aws-sdk/client-s3";
import { batchesOfLogs } from "../collect/logs/log-files.ts";
import { withInvocation } from "../invocation.ts";
import { bucketEvent, readBucketObjects } from "../sources/aws/bucket-objects.ts";
import { openLogFile } from "../wiring/open-log-file.ts";
import { sourceIntake } from "../wiring/source-intake.ts";

const s3 = new S3Client({});
const take = sourceIntake("buckets");

export const handler = withInvocation((event: unknown) => {
  const files = readBucketObjects(bucketEvent.parse(event)).map((object) => ({
    name: [object.bucket, object.key, object.etag],
    open: () => openLogFile(s3, object),
  }));
  return take(batchesOfLogs(files));
});
