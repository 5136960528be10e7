/** Opens an object of a bucket of logs, to be read once from the beginning. */
import { Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { log } from "../log.ts";
import type { BucketObject } from "../sources/aws/bucket-objects.ts";

/** S3's errors for an object that was removed or replaced. An object that replaced it has a notification of its own. */
const GONE = new Set(["NoSuchKey", "PreconditionFailed"]);

/** The bytes of the object with this etag; none if it is gone. Throws the SDK's errors. */
export async function openLogObject(client: S3Client, object: BucketObject): Promise<AsyncIterable<Buffer>> {
  const { bucket, key, etag } = object;
  const isKnown = etag === "" ? {} : { IfMatch: etag };
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...isKnown }));
    return Body instanceof Readable ? Body : none();
  } catch (error) {
    if (!(error instanceof Error && GONE.has(error.name))) throw error;
    log.warn("Cannot read an object that is there no more", object);
    return none();
  }
}

async function* none(): AsyncGenerator<Buffer> {}
