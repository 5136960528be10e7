/**
 * The body of a shipper's request, as bytes. Its encoding is detected from its bytes, as in http-body.ts, but it may be
 * larger, and packed with gzip, zstd or zlib: every shipper supports one of these.
 */
import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { HttpError } from "../errors.ts";

type BodyEvent = Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded">;

/** The largest size after unpacking. On the wire, Lambda's limit of 6 MB applies first. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
// The first bytes of packed data; JSON, protobuf of logs (0x0a) and lines of text start differently.
const forms: { name: string; magic: Buffer; unpack: Unpack }[] = [
  { name: "gzip", magic: Buffer.from([0x1f, 0x8b]), unpack: gunzipSync },
  { name: "zstd", magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), unpack: zstdDecompressSync },
  ...[0x01, 0x5e, 0x9c, 0xda].map((level) => ({
    name: "zlib",
    magic: Buffer.from([0x78, level]),
    unpack: inflateSync,
  })),
];
const snappy = Buffer.from([0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59]);

/**
 * Reads the body, empty when there is none. Throws an HttpError: 413 if it is too large after unpacking, 400 otherwise.
 */
export function readPackedBody({ body = "", isBase64Encoded }: BodyEvent): Buffer {
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (isReadAsText(bytes))
    throw new HttpError(
      "unreadable_body",
      "Cannot read the body: it was read as text on its way here. Send it unpacked, or as application/octet-stream",
    );
  if (startsWith(bytes, snappy))
    throw new HttpError(
      "unreadable_body",
      "Cannot read the body: it is packed with snappy. Set the shipper's compression to gzip or zstd",
    );
  const form = forms.find(({ magic }) => startsWith(bytes, magic));
  return form === undefined ? bytes : unpack(bytes, form);
}

function unpack(bytes: Buffer, { name, unpack: run }: (typeof forms)[number]): Buffer {
  try {
    return run(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    const isLarge = cause instanceof RangeError && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE";
    if (!isLarge) throw new HttpError("unreadable_body", `Cannot read the body: it is not valid ${name}`, { cause });
    throw new HttpError(
      "body_too_large",
      `Cannot accept the body: unpacked it has more than ${MAX_UNPACKED_BYTES} bytes`,
      {
        cause,
      },
    );
  }
}

/** gzip and zstd do not start with valid UTF-8: a gateway that took them for text has replaced one of these bytes. */
function isReadAsText(bytes: Buffer): boolean {
  const [first, second] = [bytes[0], bytes.indexOf("\ufffd")];
  return (first === 0x1f && second === 1) || (first === 0x28 && second === 2);
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}
