/** The body of a request as text, however it came: base64 or not, packed with gzip or not, and only if it is UTF-8 and small enough. */
import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { HttpError } from "../errors.ts";

type Request = Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded" | "headers">;

/** Reads the body, empty when there is none. Throws an HttpError: 413 for more than `maxBytes`, packed or not, 400 otherwise. */
export function readBody({ body = "", isBase64Encoded, headers }: Request, maxBytes: number): string {
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (!isBase64Encoded && (encoding === "identity" || encoding === "")) return limit(body, maxBytes);
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  const plain = unpack(bytes, encoding, maxBytes);
  if (!isUtf8(plain)) throw new HttpError(400, "Cannot read the body: it is not UTF-8");
  return plain.toString("utf8");
}

function unpack(bytes: Buffer, encoding: string, maxBytes: number): Buffer {
  // A beacon cannot set headers, so gzip is known by its first bytes too. https://www.rfc-editor.org/rfc/rfc1952#section-2.3
  const isPacked = encoding === "gzip" || (bytes[0] === 0x1f && bytes[1] === 0x8b);
  if (isPacked) return gunzip(bytes, maxBytes);
  if (encoding === "identity" || encoding === "") return bytes;
  throw new HttpError(400, `Cannot read the body: content-encoding "${encoding.slice(0, 40)}" is not gzip`);
}

function gunzip(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const isLarge = cause instanceof RangeError && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    throw isLarge ? tooLarge(maxBytes) : new HttpError(400, "Cannot read the body: it is not valid gzip", { cause });
  }
}

function limit(text: string, maxBytes: number): string {
  if (text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes))
    throw tooLarge(maxBytes);
  return text;
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `Cannot accept the body: it has more than ${maxBytes} bytes`);
}
