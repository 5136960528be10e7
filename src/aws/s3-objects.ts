/** Objects of one bucket, few and small: list, read, write, copy and remove. Every method throws the SDK's errors. */
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from "@aws-sdk/client-s3";

export type ListedObject = { key: string; modified: number };
export type S3Objects = ReturnType<typeof createS3Objects>;

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
const KEYS_PER_DELETE = 1000;

export function createS3Objects({ client, bucket }: { client: S3Client; bucket: string }) {
  return {
    bucket,

    /** Every object whose key starts with the prefix; `modified` in epoch ms. */
    async list(prefix: string): Promise<ListedObject[]> {
      const found: ListedObject[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
        for (const { Key, LastModified } of Contents)
          if (Key !== undefined) found.push({ key: Key, modified: LastModified?.getTime() ?? 0 });
      }
      return found;
    },

    /** An object's text; undefined if there is none. */
    async read(key: string): Promise<string | undefined> {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },

    async write(key: string, text: string): Promise<void> {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
    },

    /** False when there is nothing to copy. */
    async copy(from: string, to: string): Promise<boolean> {
      const source = `${bucket}/${from.split("/").map(encodeURIComponent).join("/")}`;
      try {
        await client.send(new CopyObjectCommand({ Bucket: bucket, CopySource: source, Key: to }));
        return true;
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return false;
        throw error;
      }
    },

    /** Removes objects; an object that is already gone is no error. */
    async remove(keys: readonly string[]): Promise<void> {
      for (let at = 0; at < keys.length; at += KEYS_PER_DELETE) {
        const Objects = keys.slice(at, at + KEYS_PER_DELETE).map((Key) => ({ Key }));
        const { Errors = [] } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        const [first] = Errors;
        if (first) throw new Error(`Cannot remove ${first.Key} and ${Errors.length - 1} more objects: ${first.Code}`);
      }
    },
  };
}
