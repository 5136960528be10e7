/**
 * The body of a request as text. Whether it is gzip or base64 is detected from its bytes, not from its headers, because
 * gateways and proxies on the way may unpack it and keep the header, or mistake it for text.
 */
import { isUtf8 } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { HttpError } from "../errors.ts";

type BodyEvent = Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded" | "headers">;

// The first two bytes of a gzip stream. https://www.rfc-editor.org/rfc/rfc1952#section-2.3
const gzipBytes = Buffer.from([0x1f, 0x8b]);
const gzipAsCharacters = gzipBytes.toString("latin1");
const gzipAsText = gzipBytes.toString("utf8");
const gzipAsTextBytes = Buffer.from(gzipAsText);

/**
 * Reads the body, empty when there is none. Throws an HttpError: 413 for more than `maxBytes`, packed or unpacked, 400
 * otherwise.
 */
export function readBody({ body = "", isBase64Encoded, headers }: BodyEvent, maxBytes: number): string {
  const encoding = headers["content-encoding"]?.trim().toLowerCase() ?? "";
  if (isBase64Encoded) return readBytes(Buffer.from(body, "base64"), encoding, maxBytes);
  if (body.startsWith(gzipAsText)) throw mangled();
  if (body.startsWith(gzipAsCharacters)) return readBytes(Buffer.from(body, "latin1"), encoding, maxBytes);
  // Whatever the gateway made a text of the bytes: collect relies on it.
  return readable(limit(body, maxBytes).toWellFormed(), encoding);
}

function readBytes(bytes: Buffer, encoding: string, maxBytes: number): string {
  if (bytes.length > maxBytes) throw tooLarge(maxBytes);
  if (startsWith(bytes, gzipAsTextBytes)) throw mangled();
  const isPacked = startsWith(bytes, gzipBytes);
  const plain = isPacked ? gunzip(bytes, maxBytes) : bytes;
  if (!isUtf8(plain))
    throw new HttpError("unreadable_body", `Cannot read the body: it is not UTF-8${isPacked ? "" : said(encoding)}`);
  const text = plain.toString("utf8");
  return isPacked ? text : readable(text, encoding);
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}

/** A text whose header says that it is packed, but that looks like JSON, was unpacked on the way. */
function readable(text: string, encoding: string): string {
  if (encoding === "" || encoding === "identity" || text === "" || /^\s*[[{]/.test(text)) return text;
  throw new HttpError("unreadable_body", `Cannot read the body: it is no JSON, and no gzip either${said(encoding)}`);
}

function said(encoding: string): string {
  return encoding === "" ? "" : ` (content-encoding "${encoding.slice(0, 40)}"; only gzip is unpacked)`;
}

function mangled(): HttpError {
  const reason = "it is gzip that was read as text on its way here";
  return new HttpError(
    "unreadable_body",
    `Cannot read the body: ${reason}. Send it with content-type: application/octet-stream`,
  );
}

function gunzip(bytes: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: maxBytes });
  } catch (cause) {
    const isLarge = cause instanceof RangeError && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    throw isLarge
      ? tooLarge(maxBytes)
      : new HttpError("unreadable_body", "Cannot read the body: it is not valid gzip", { cause });
  }
}

function limit(text: string, maxBytes: number): string {
  if (text.length > maxBytes || (text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes))
    throw tooLarge(maxBytes);
  return text;
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError("body_too_large", `Cannot accept the body: it has more than ${maxBytes} bytes`);
}
