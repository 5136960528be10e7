/** Opens an object of a bucket of logs, and unpacks it while reading if it is gzip. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { openLogObject } from "../aws/log-object.ts";
import type { BucketObject } from "../sources/aws/bucket-objects.ts";
import { firstBytes, isGzip } from "../sources/first-bytes.ts";

/** Throws the SDK's and zlib's errors. */
export async function openLogFile(client: S3Client, object: BucketObject): Promise<AsyncIterable<Buffer>> {
  const { start, whole } = await firstBytes(await openLogObject(client, object), 2);
  // pipeline passes errors of one stream on to the other, and requires a callback; reading the result throws the error.
  return isGzip(start) ? pipeline(Readable.from(whole), createGunzip(), () => {}) : whole;
}
