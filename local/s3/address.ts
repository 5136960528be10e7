/**
 * Which bucket and key a request is about. The bucket is in the path, or in front of `.localhost` in the host name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
import type { IncomingMessage } from "node:http";
import { AwsError } from "../endpoint/aws-error.ts";

/** Without a bucket: the service itself; with an empty key: the bucket. */
export type Address = { bucket: string | undefined; key: string; query: URLSearchParams };

/** Reads the address of a request. Throws an AwsError for a path that is not percent-encoded UTF-8. */
export function readAddress({ url = "/", headers }: Pick<IncomingMessage, "url" | "headers">): Address {
  const [path = "/", query = ""] = splitOnce(url, "?");
  const text = decodeKey(path.replace(/^\//, ""));
  const bucket = hostBucket(headers.host ?? "");
  if (bucket !== undefined) return { bucket, key: text, query: new URLSearchParams(query) };
  const [first = "", key = ""] = splitOnce(text, "/");
  return { bucket: first === "" ? undefined : first, key, query: new URLSearchParams(query) };
}

/**
 * `lake` for `lake.localhost:4566` and `lake.s3.localhost:4566`; undefined for an address, or for the service's own
 * name.
 */
function hostBucket(host: string): string | undefined {
  const name = /^(.+)\.localhost(?::\d+)?$/i.exec(host)?.[1]?.toLowerCase();
  if (name === undefined || /^s3(\.[a-z]+-[a-z]+-\d)?$/.test(name)) return undefined;
  return name.replace(/\.s3(\.[a-z]+-[a-z]+-\d)?$/, "");
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** A key from a path or from `x-amz-copy-source`. */
export function decodeKey(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (cause) {
    throw new AwsError("InvalidURI", `Cannot read the path "${path}": it is not percent-encoded UTF-8`, { cause });
  }
}
