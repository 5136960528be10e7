/** GetObject and HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { AwsError } from "../endpoint/aws-error.ts";
import { checkConditions, objectHeaders, readRange } from "./object-head.ts";
import type { S3Request } from "./request.ts";

/** Answers with the object's head and, for GET, with its bytes or the requested range. */
export async function readObject({ req, key, path }: S3Request, res: ServerResponse): Promise<void> {
  const file = await openObject(path(), key);
  try {
    const stats = await file.stat({ bigint: true });
    if (!stats.isFile()) throw noSuchKey(key);
    const [size, headers] = [Number(stats.size), objectHeaders(key, stats)];
    if (checkConditions(req.headers, stats) === 304) return void res.writeHead(304, headers).end();
    const range = readRange(req.headers.range, size);
    const { start, end } = range ?? { start: 0, end: size - 1 };
    res.writeHead(range ? 206 : 200, {
      ...headers,
      ...(range && { "content-range": `bytes ${start}-${end}/${size}` }),
      "content-length": end - start + 1,
    });
    if (req.method === "HEAD" || end < start) return void res.end();
    await pipeline(createReadStream("", { fd: file.fd, autoClose: false, start, end }), res);
  } finally {
    await file.close();
  }
}

/** Opens the file of an object. Throws NoSuchKey if there is none. */
export async function openObject(path: string, key: string): Promise<FileHandle> {
  // A key that ends in `/` is a folder here. It would be an object only if S3 had been told so, which a folder cannot
  // remember.
  if (path.endsWith("/")) throw noSuchKey(key);
  return await open(path).catch((cause: NodeJS.ErrnoException) => {
    throw ["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(cause.code ?? "") ? noSuchKey(key) : cause;
  });
}

function noSuchKey(key: string): AwsError {
  return new AwsError("NoSuchKey", `The specified key does not exist: "${key}"`);
}
