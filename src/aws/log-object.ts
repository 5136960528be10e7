/** An object of a bucket of logs, read once from its beginning, unpacked on the way. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { log } from "../log.ts";
import type { BucketObject } from "../sources/aws/bucket-objects.ts";

/** How S3 says that an object was removed, or replaced: the one that took its place has a notification of its own. */
const GONE = new Set(["NoSuchKey", "PreconditionFailed"]);

/** The bytes of the object with this etag, of gzip those inside; none where it is there no more. Throws the SDK's and zlib's errors. */
export async function openLogObject(client: S3Client, object: BucketObject): Promise<AsyncIterable<Buffer>> {
  const { bucket, key, etag } = object;
  const isKnown = etag === "" ? {} : { IfMatch: etag };
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...isKnown }));
    return Body instanceof Readable ? await unpack(Body) : none();
  } catch (error) {
    if (!(error instanceof Error && GONE.has(error.name))) throw error;
    log.warn("Cannot read an object that is there no more", object);
    return none();
  }
}

async function unpack(body: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  let start = Buffer.alloc(0);
  while (start.length < 2) {
    const next = await chunks.next();
    if (next.done) break;
    start = Buffer.concat([start, next.value]);
  }
  const whole = joined(start, chunks);
  // The callback is pipeline's way to hand an error of the one on to the other; reading the result throws it.
  return start[0] === 0x1f && start[1] === 0x8b ? pipeline(Readable.from(whole), createGunzip(), () => {}) : whole;
}

async function* joined(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

async function* none(): AsyncGenerator<Buffer> {}
