/**
 * The body of a shipper's request as bytes, told by its bytes like any other (http-body.ts), but packed in more ways and larger:
 * gzip, zstd and zlib, which every shipper offers one of.
 */
import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { HttpError } from "../errors.ts";

type BodyEvent = Pick<APIGatewayProxyEventV2, "body" | "isBase64Encoded">;

/** Most bytes when unpacked. On the wire Lambda's 6 MB bind first. */
export const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

type Unpack = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer;
// What a packed text begins with; JSON, protobuf of logs (0x0a) and lines of text begin otherwise.
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

/** Reads the body, empty when there is none. Throws an HttpError: 413 for what is too large unpacked, 400 otherwise. */
export function readPackedBody({ body = "", isBase64Encoded }: BodyEvent): Buffer {
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  if (isReadAsText(bytes))
    throw new HttpError(
      400,
      "Cannot read the body: it was read as text on its way here. Send it unpacked, or as application/octet-stream",
    );
  if (startsWith(bytes, snappy))
    throw new HttpError(
      400,
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
    if (!isLarge) throw new HttpError(400, `Cannot read the body: it is not valid ${name}`, { cause });
    throw new HttpError(413, `Cannot accept the body: unpacked it has more than ${MAX_UNPACKED_BYTES} bytes`, {
      cause,
    });
  }
}

/** The first bytes of gzip and zstd are no UTF-8: a gateway that took them for text has replaced one of them. */
function isReadAsText(bytes: Buffer): boolean {
  const [first, second] = [bytes[0], bytes.indexOf("\ufffd")];
  return (first === 0x1f && second === 1) || (first === 0x28 && second === 2);
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.subarray(0, start.length).equals(start);
}
