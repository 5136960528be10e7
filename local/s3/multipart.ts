/**
 * Multipart uploads. Parts wait outside the buckets, where no listing sees them, until they are assembled.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AwsError } from "../endpoint/aws-error.ts";
import { readText } from "./body.ts";
import { etagOf } from "./object-head.ts";
import type { S3Request } from "./request.ts";
import { type Written, writeObject } from "./write-object.ts";
import { readTexts, type Xml } from "./xml.ts";

type Part = { number: number; etag: string; size: number; file: string };

const minPartBytes = 5 * 1024 * 1024;
const maxParts = 10_000;
const keepMs = 24 * 3_600_000;

export type Multipart = ReturnType<typeof createMultipart>;

/** Stores uploads under `<home>/s3-uploads`. */
export function createMultipart(home: string) {
  const root = join(home, "s3-uploads");

  async function folderOf({ bucket, key, query }: S3Request): Promise<string> {
    const id = query.get("uploadId") ?? "";
    const folder = join(root, id);
    // Only ids that were made here may be used as folder names.
    const target = /^[\da-f-]{36}$/.test(id) ? await readFile(join(folder, "target"), "utf8").catch(() => "") : "";
    if (target === `${bucket}/${key}`) return folder;
    throw new AwsError("NoSuchUpload", "The specified upload does not exist");
  }

  async function create({ bucket, key, path }: S3Request): Promise<Xml> {
    path();
    const UploadId = randomUUID();
    await mkdir(join(root, UploadId), { recursive: true });
    await writeFile(join(root, UploadId, "target"), `${bucket}/${key}`);
    return { Bucket: bucket, Key: key, UploadId };
  }

  async function putPart(request: S3Request, content: AsyncIterable<Buffer>): Promise<Written> {
    const number = Number(request.query.get("partNumber"));
    if (!Number.isInteger(number) || number < 1 || number > maxParts)
      throw new AwsError("InvalidArgument", `Part number must be an integer between 1 and ${maxParts}, inclusive`);
    return await writeObject(join(await folderOf(request), String(number)), content);
  }

  async function complete(request: S3Request): Promise<Xml> {
    const folder = await folderOf(request);
    const document = await readText(request.req, 2 * 1024 * 1024);
    const parts = choose(await readParts(folder), document);
    const { etag } = await writeObject(request.path(), joined(parts));
    await rm(folder, { recursive: true, force: true });
    return { Bucket: request.bucket, Key: request.key, ETag: etag };
  }

  async function list(request: S3Request): Promise<Xml> {
    const parts = await readParts(await folderOf(request));
    return {
      Bucket: request.bucket,
      Key: request.key,
      UploadId: request.query.get("uploadId") ?? "",
      IsTruncated: false,
      Part: parts.map(({ number, etag, size }) => ({ PartNumber: number, ETag: etag, Size: size })),
    };
  }

  async function abort(request: S3Request): Promise<void> {
    await rm(await folderOf(request), { recursive: true, force: true });
  }

  return { create, putPart, complete, list, abort, sweep: () => sweepUploads(root) };
}

/**
 * Removes uploads that have not progressed for a day, by the machine's clock, which is also where files get their
 * times from.
 */
async function sweepUploads(root: string): Promise<void> {
  const limit = performance.timeOrigin + performance.now() - keepMs;
  for (const id of await readdir(root).catch(() => [])) {
    const changed = (await stat(join(root, id)).catch(() => undefined))?.mtimeMs;
    if (changed !== undefined && changed < limit) await rm(join(root, id), { recursive: true, force: true });
  }
}

async function readParts(folder: string): Promise<Part[]> {
  const names = (await readdir(folder)).filter((name) => /^\d+$/.test(name));
  const parts = names.map(async (name) => {
    const file = join(folder, name);
    const stats = await stat(file, { bigint: true });
    return { number: Number(name), etag: etagOf(stats), size: Number(stats.size), file };
  });
  return (await Promise.all(parts)).sort((a, b) => a.number - b.number);
}

/**
 * The parts that the document names. They must exist, be in ascending order and, except for the last, be large enough.
 */
function choose(parts: Part[], document: string): Part[] {
  const etags = readTexts(document, "ETag");
  const numbers = readTexts(document, "PartNumber").map(Number);
  if (numbers.length === 0 || etags.length !== numbers.length)
    throw new AwsError("MalformedXML", "The document names no parts, or parts without ETag");
  const chosen = numbers.map((number, index) => {
    const part = parts.find((one) => one.number === number);
    if (part && part.etag === `"${etags[index]?.replaceAll('"', "")}"`) return part;
    throw new AwsError("InvalidPart", `Part ${number} was not uploaded, or has another ETag`);
  });
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0)))
    throw new AwsError("InvalidPartOrder", "The list of parts was not in ascending order");
  if (chosen.slice(0, -1).some(({ size }) => size < minPartBytes))
    throw new AwsError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
  return chosen;
}

async function* joined(parts: Part[]): AsyncGenerator<Buffer> {
  for (const { file } of parts) yield* createReadStream(file) as AsyncIterable<Buffer>;
}
