/** Opens an RDB file: an object of S3 (`s3://bucket/key`), or a file of this machine. */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";

const CHUNK = 1 << 20;

/** Its bytes from the beginning. Throws the SDK's errors, and Node's. */
export async function openRdb(file: string): Promise<AsyncIterable<Buffer>> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(file) ?? [];
  if (bucket === undefined) return createReadStream(file, { highWaterMark: CHUNK });
  const { Body } = await new S3Client({}).send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  if (!(Body instanceof Readable)) throw new Error(`Cannot read ${file}: it has no content`);
  return Body;
}
