/** PutObject, CopyObject, DeleteObject and DeleteObjects: each object appears, and disappears, as a whole. */
import { randomUUID } from "node:crypto";
import { link, open, rm, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AwsError } from "../endpoint/aws-error.ts";
import { decodeKey } from "./address.ts";
import { readContent, readText } from "./body.ts";
import { etagOf, readRange } from "./object-head.ts";
import { makeFolder, publishFile, syncFile } from "./objects.ts";
import { openObject } from "./read-object.ts";
import type { S3Request } from "./request.ts";
import { readTexts, type Xml } from "./xml.ts";

/** The ETag and time of an object that has just been written. */
export type Written = { etag: string; modified: Date };

/** Stores the content of the request. A key that ends in `/`, which some tools use to create a folder, creates one. */
export async function putObject(request: S3Request): Promise<Written> {
  const { req, key, path } = request;
  const condition = req.headers["if-none-match"];
  if (key.endsWith("/")) return await putFolder(request);
  if (condition !== undefined && condition !== "*")
    throw new AwsError("NotImplemented", "Here a write may be on the condition If-None-Match: * only");
  return await writeObject(path(), readContent(req), condition === "*");
}

async function putFolder({ req, path }: S3Request): Promise<Written> {
  const text = await readText(req, 0);
  await makeFolder(path());
  return { etag: `"${text.length}-1"`, modified: new Date() };
}

/** Copies the object that `x-amz-copy-source` names, from any bucket of this machine. */
export async function copyObject(request: S3Request): Promise<Written> {
  return await writeObject(request.path(), readSource(request));
}

/** The bytes of `x-amz-copy-source`, or the part given by `x-amz-copy-source-range`. */
export async function* readSource({ req, path }: S3Request): AsyncGenerator<Buffer> {
  const source = decodeKey(String(req.headers["x-amz-copy-source"]).replace(/^\//, "").split("?")[0] ?? "");
  const [bucket = "", ...rest] = source.split("/");
  const key = rest.join("/");
  if (key === "") throw new AwsError("InvalidRequest", `Cannot copy "${source}": it is no bucket and key`);
  await using file = await openObject(path(key, bucket), key);
  const range = readRange(req.headers["x-amz-copy-source-range"]?.toString(), (await file.stat()).size);
  yield* file.createReadStream({ autoClose: false, ...range });
}

/**
 * Writes chunks to a temporary file beside the object and renames it when it is on disk; `isNew` refuses to replace an
 * object.
 */
export async function writeObject(path: string, chunks: AsyncIterable<Buffer>, isNew = false): Promise<Written> {
  // Named as in `putObject` in objects.ts: no reader takes it for an object.
  const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${randomUUID()}.tmp`);
  try {
    await makeFolder(dirname(path)).catch(refuseFolder);
    await fill(temporary, chunks);
    if (isNew) await publishNew(temporary, path);
    else await publishFile(temporary, path);
    const file = await stat(path, { bigint: true });
    return { etag: etagOf(file), modified: new Date(Number(file.mtimeMs)) };
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw writeError(cause);
  }
}

/** Creating a folder with an object's name fails with EEXIST, which elsewhere means that such an object exists. */
function refuseFolder(cause: NodeJS.ErrnoException): never {
  throw cause.code === "EEXIST" ? Object.assign(cause, { code: "ENOTDIR" }) : cause;
}

async function fill(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const file = await open(path, "wx");
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function publishNew(from: string, to: string): Promise<void> {
  await link(from, to);
  await unlink(from);
  await syncFile(dirname(to));
}

/** Why the file system refuses a key that S3 would accept. */
const refusals: Record<string, [code: string, message: string]> = {
  EEXIST: ["PreconditionFailed", "At least one of the pre-conditions you specified did not hold"],
  ENAMETOOLONG: ["KeyTooLongError", "A part of the key is longer than the 255 bytes that a file's name may have here"],
  ENOTDIR: ["InvalidRequest", "A part of the key is the name of an object, and cannot be a folder here"],
  EISDIR: ["InvalidRequest", "The key is the name of a folder, and cannot be an object here"],
  ENOSPC: ["InternalError", "The disk is full"],
};

function writeError(cause: unknown): unknown {
  const [code, message] = refusals[(cause as NodeJS.ErrnoException)?.code ?? ""] ?? [];
  return code === undefined ? cause : new AwsError(code, message ?? "", { cause });
}

/** Deletes an object, if it exists. */
export async function deleteObject(path: string): Promise<void> {
  // A folder is not an object in S3, so there is nothing to delete.
  const ignored = ["ENOENT", "ENOTDIR", "EISDIR", "EPERM", "ENAMETOOLONG"];
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (!ignored.includes(error.code ?? "")) throw error;
  });
}

/** Up to 1,000 keys, about a kilobyte each. */
const maxDeleteBytes = 2 * 1024 * 1024;

/** Deletes the keys that the document names; failures are in the answer. */
export async function deleteObjects({ req, path }: S3Request): Promise<Xml> {
  const document = await readText(req, maxDeleteBytes);
  const keys = readTexts(document, "Key");
  if (keys.length === 0 || keys.length > 1000)
    throw new AwsError("MalformedXML", "The document has no keys, or over 1,000");
  const [Deleted, Errors]: [Xml[], Xml[]] = [[], []];
  for (const Key of keys)
    try {
      await deleteObject(path(Key));
      Deleted.push({ Key });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Errors.push({ Key, Code: error.code, Message: error.message });
    }
  const isQuiet = readTexts(document, "Quiet")[0] === "true";
  return { Deleted: isQuiet ? [] : Deleted, Error: Errors };
}
