/** Where snapshots go: their files, and runs on their way from one holder to the next, in the bucket of the lake. */
import { S3Client } from "@aws-sdk/client-s3";
import { createS3Objects } from "../aws/s3-objects.ts";
import { createSnapshotFiles } from "../aws/snapshot-files.ts";
import { createRunFiles } from "../snapshot/run-files.ts";

export function snapshotBucket(bucket: string) {
  const client = new S3Client({});
  const objects = createS3Objects({ client, bucket });
  return { ...createSnapshotFiles({ client, objects }), ...createRunFiles(objects) };
}
