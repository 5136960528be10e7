/**
 * Where snapshots go: their files, and runs on their way from one holder to the next, in the bucket of the lake; their
 * tables, in its catalog.
 */
import { GlueClient } from "@aws-sdk/client-glue";
import { S3Client } from "@aws-sdk/client-s3";
import { createGlueTables } from "../aws/glue-tables.ts";
import { createS3Objects } from "../aws/s3-objects.ts";
import { createSnapshotFiles } from "../aws/snapshot-files.ts";
import { createRunFiles } from "../snapshot/run-files.ts";

export function snapshotPlaces(bucket: string, database: string) {
  const client = new S3Client({});
  const objects = createS3Objects({ client, bucket });
  const catalog = createGlueTables({ client: new GlueClient({}), database, bucket });
  return { ...createSnapshotFiles({ client, objects }), ...createRunFiles(objects), catalog };
}
