/**
 * The bytes of a request: plain, or in the signed chunks of `aws-chunked`, whose signatures are not checked here. What
 * the client says about them (length, MD5, SHA, CRC) must be correct.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
import { createHash, type Hash } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { crc32 } from "node:zlib";
import { AwsError } from "../endpoint/aws-error.ts";

/** S3 accepts up to 5 GiB at once. */
const maxBytes = 5 * 1024 ** 3;

type Check = { update(chunk: Buffer): void; verify(): void };

/** The checked content of a request; the last chunk is returned only if everything was correct. */
export async function* readContent(req: IncomingMessage): AsyncGenerator<Buffer> {
  const checks = createChecks(req.headers);
  let size = 0;
  // A request that is not read to its end stays open, so that its sender sees the answer.
  const source: AsyncIterable<Buffer> = req.iterator({ destroyOnReturn: false });
  for await (const chunk of isChunked(req.headers) ? dechunk(source) : source) {
    size += chunk.length;
    if (size > maxBytes)
      throw new AwsError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size");
    for (const check of checks) check.update(chunk);
    yield chunk;
  }
  for (const check of checks) check.verify();
  const told = req.headers["x-amz-decoded-content-length"];
  if (told !== undefined && Number(told) !== size)
    throw new AwsError(
      "IncompleteBody",
      `The body has ${size} bytes, not ${told} as x-amz-decoded-content-length says`,
    );
}

/** The whole content as text, for requests that are a document. */
export async function readText(req: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of readContent(req)) {
    size += chunk.length;
    if (size > limit) throw new AwsError("EntityTooLarge", `The document has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function isChunked(headers: IncomingHttpHeaders): boolean {
  return String(headers["x-amz-content-sha256"] ?? "").startsWith("STREAMING-");
}

/** `<length in hex>[;chunk-signature=…]\r\n<bytes>\r\n`, the last one of length 0 and followed by trailers. */
export async function* dechunk(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  let left = 0;
  for await (const chunk of source) {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        if (part.length > 0) yield part;
        [left, rest] = [left - part.length, rest.subarray(part.length)];
        if (left > 0) break;
      }
      if (rest.length > 1 && rest[0] === 0x0d && rest[1] === 0x0a) rest = rest.subarray(2);
      const end = rest.indexOf("\r\n");
      if (end < 0) break;
      left = chunkLength(rest.toString("latin1", 0, end));
      rest = rest.subarray(end + 2);
      if (left === 0) return;
    }
  }
  throw new AwsError("IncompleteBody", "The request body ended before its last chunk");
}

function chunkLength(head: string): number {
  const length = /^([\da-f]{1,8})(;.*)?$/i.exec(head)?.[1];
  if (length === undefined) throw new AwsError("InvalidRequest", `Cannot read the chunk "${head.slice(0, 40)}"`);
  return Number.parseInt(length, 16);
}

/** Headers with checksums of the bytes; CRC32C and CRC64NVME, which Node does not have, are not verified. */
const digests: [header: string, make: (told: string) => Check][] = [
  ["content-md5", (told) => hashCheck(createHash("md5"), told, "base64", "BadDigest")],
  ["x-amz-checksum-sha256", (told) => hashCheck(createHash("sha256"), told, "base64", "BadDigest")],
  ["x-amz-checksum-sha1", (told) => hashCheck(createHash("sha1"), told, "base64", "BadDigest")],
  ["x-amz-checksum-crc32", crcCheck],
  ["x-amz-content-sha256", (told) => hashCheck(createHash("sha256"), told, "hex", "XAmzContentSHA256Mismatch")],
];

function createChecks(headers: IncomingHttpHeaders): Check[] {
  return digests.flatMap(([header, make]) => {
    const told = headers[header];
    const isDigest = typeof told === "string" && !/^(UNSIGNED|STREAMING)-/.test(told);
    return isDigest ? [make(told)] : [];
  });
}

function hashCheck(hash: Hash, told: string, encoding: "base64" | "hex", code: string): Check {
  return { update: (chunk) => void hash.update(chunk), verify: () => same(hash.digest(encoding), told, code) };
}

function crcCheck(told: string): Check {
  let value = 0;
  const encoded = () => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes.toString("base64");
  };
  return {
    update: (chunk) => {
      value = crc32(chunk, value);
    },
    verify: () => same(encoded(), told, "BadDigest"),
  };
}

function same(is: string, told: string, code: string): void {
  if (is !== told) throw new AwsError(code, `The request body's digest is ${is}, not ${told} as the request says`);
}
