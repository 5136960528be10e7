/**
 * S3 on this machine: an object is the file `<home>/s3/<bucket>/<key>`. Objects appear by rename, after they are on
 * disk, so that a reader sees a complete object or none, even after a crash, as in S3.
 */
import { randomUUID } from "node:crypto";
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AwsError } from "../endpoint/aws-error.ts";

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The path of `s3://bucket/key` (or of a prefix: the folder) under `home`. Refuses names that would lead elsewhere. */
export function s3Path(home: string, uri: string): string {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri);
  if (!match?.[1]) throw new AwsError("InvalidRequest", `Cannot find the object "${uri}": it is not an s3:// location`);
  return objectPath(home, match[1], match[2] ?? "");
}

/** The path of an object, given its bucket and key. */
export function objectPath(home: string, bucket: string, key: string): string {
  if (!bucketName.test(bucket) || bucket.includes(".."))
    throw new AwsError("InvalidBucketName", `The specified bucket is not valid: "${bucket}"`);
  if (key.includes("\0") || key.split("/").some((part) => part === ".." || part === "."))
    throw new AwsError("InvalidRequest", `Cannot use the key "${key}": it contains a path traversal`);
  // In S3 `a//b` and `a/b` are different objects; in a folder they would be the same.
  if (/^\/|\/\//.test(key)) throw new AwsError("InvalidRequest", `Cannot use the key "${key}": a part of it is empty`);
  return join(home, "s3", bucket, key);
}

/** Creates an object from `data`, complete and on disk, replacing any existing one. */
export async function putObject(path: string, data: string | Uint8Array): Promise<void> {
  // A leading dot excludes it from globs like *.parquet; being in the same folder keeps the rename atomic.
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomUUID()}.tmp`);
  await makeFolder(dirname(path));
  try {
    await writeFile(temporary, data, { flush: true });
    await publishFile(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

/** Renames a file that is already on disk to where readers look, and syncs the rename itself to disk. */
export async function publishFile(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to));
  await rename(from, to);
  await syncFile(dirname(to));
}

/** Creates a folder and its parents, each entry on disk. */
export async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await syncFile(dirname(folder));
}

/** Forces a file's bytes, or a folder's entries, to disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
