/**
 * Files of a snapshot on S3. Each file is uploaded as a multipart upload with a single part: S3 stores it, but shows it
 * to nobody before it is completed, which takes only a moment for all files. The bucket's lifecycle removes uploads
 * that are never completed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { forEachLimited } from "../for-each-limited.ts";
import type { Upload } from "../snapshot/run.ts";
import type { S3Objects } from "./s3-objects.ts";

const AT_ONCE = 20;

/** Uploads files to the bucket of `objects`, and puts them in place. Every method throws the SDK's errors. */
export function createSnapshotFiles({ client, objects }: { client: S3Client; objects: S3Objects }) {
  const Bucket = objects.bucket;

  async function complete({ key: Key, uploadId: UploadId, etag: ETag }: Upload): Promise<void> {
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    try {
      await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
    } catch (error) {
      if (!(error instanceof Error && error.name === "NoSuchUpload")) throw error;
      // Completed by an earlier call whose answer got lost; then the object is there.
      await client.send(new HeadObjectCommand({ Bucket, Key }));
    }
  }

  return {
    async upload(key: string, file: Uint8Array): Promise<Upload> {
      const named = { Bucket, Key: key };
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(named));
      const part = { ...named, UploadId, PartNumber: 1, Body: file };
      const { ETag } = await client.send(new UploadPartCommand(part));
      return { key, uploadId: UploadId ?? "", etag: ETag ?? "" };
    },

    /** Removes what an earlier run left in the folders of this one, and makes this run's files appear. */
    async place(uploads: readonly Upload[], folders: readonly string[]): Promise<void> {
      const left = (await Promise.all(folders.map((folder) => objects.list(folder)))).flat();
      await objects.remove(left.map(({ key }) => key));
      await forEachLimited(uploads, AT_ONCE, complete);
    },
  };
}
