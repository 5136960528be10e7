/** An object of a bucket of logs, unpacked on the way where it is gzip. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { S3Client } from "@aws-sdk/client-s3";
import { openLogObject } from "../aws/log-object.ts";
import type { BucketObject } from "../sources/aws/bucket-objects.ts";
import { firstBytes, isGzip } from "../sources/first-bytes.ts";

/** Throws the SDK's and zlib's errors. */
export async function openLogFile(client: S3Client, object: BucketObject): Promise<AsyncIterable<Buffer>> {
  const { start, whole } = await firstBytes(await openLogObject(client, object), 2);
  // The callback is pipeline's way to hand an error of the one on to the other; reading the result throws it.
  return isGzip(start) ? pipeline(Readable.from(whole), createGunzip(), () => {}) : whole;
}
