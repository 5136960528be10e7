/**
 * ListObjectsV2 and ListObjects: pages of keys, with everything after a delimiter rolled up into common prefixes.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { AwsError } from "../endpoint/aws-error.ts";
import { etagOf } from "./object-head.ts";
import { type Walk, walkKeys } from "./walk.ts";
import type { Xml } from "./xml.ts";

type Page = { keys: string[]; prefixes: string[]; last: string; isTruncated: boolean };
type Asked = { prefix: string; delimiter: string; after: string; max: number };

const maxKeysLimit = 1000;

/** The content of ListBucketResult for a bucket whose objects are the files of `folder`. */
export function listObjects(folder: string, bucket: string, query: URLSearchParams): Xml {
  const isV2 = query.get("list-type") === "2";
  const asked = readAsked(query, isV2);
  const page = readPage(folder, asked);
  const encode = query.get("encoding-type") === "url" ? encodeKey : (text: string) => text;
  return {
    Name: bucket,
    Prefix: encode(asked.prefix),
    Delimiter: asked.delimiter === "" ? undefined : encode(asked.delimiter),
    MaxKeys: asked.max,
    EncodingType: query.get("encoding-type") ?? undefined,
    IsTruncated: page.isTruncated,
    ...(isV2 ? placeV2(query, page, encode) : placeV1(query, page, encode)),
    Contents: page.keys.flatMap((key) => describe(folder, key, encode)),
    CommonPrefixes: page.prefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

function readAsked(query: URLSearchParams, isV2: boolean): Asked {
  const token = query.get("continuation-token");
  const after =
    token === null ? query.get(isV2 ? "start-after" : "marker") : Buffer.from(token, "base64url").toString();
  const max = Number(query.get("max-keys") ?? maxKeysLimit);
  if (!Number.isInteger(max) || max < 0)
    throw new AwsError(
      "InvalidArgument",
      `Provided max-keys not an integer or within integer range: "${query.get("max-keys")}"`,
    );
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    after: after ?? "",
    max: Math.min(max, maxKeysLimit),
  };
}

function readPage(folder: string, { prefix, delimiter, after, max }: Asked): Page {
  const page: Page = { keys: [], prefixes: [], last: "", isTruncated: false };
  // After a page that ended with a common prefix, the listing continues after everything under that prefix.
  const passed = delimiter !== "" && after.startsWith(prefix) && after.slice(prefix.length).endsWith(delimiter);
  const walk: Walk = { prefix, after, skip: passed ? after : undefined };
  if (max === 0) return page;
  for (const key of walkKeys(folder, walk)) {
    if (page.keys.length + page.prefixes.length === max) return { ...page, isTruncated: true };
    const common = commonPrefix(key, prefix, delimiter);
    if (common === undefined) page.keys.push(key);
    else page.prefixes.push(common);
    walk.skip = common ?? walk.skip;
    page.last = common ?? key;
  }
  return page;
}

function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

function placeV2(query: URLSearchParams, page: Page, encode: (text: string) => string): { [name: string]: Xml } {
  const startAfter = query.get("start-after");
  return {
    KeyCount: page.keys.length + page.prefixes.length,
    ContinuationToken: query.get("continuation-token") ?? undefined,
    NextContinuationToken: page.isTruncated ? Buffer.from(page.last).toString("base64url") : undefined,
    StartAfter: startAfter === null ? undefined : encode(startAfter),
  };
}

function placeV1(query: URLSearchParams, page: Page, encode: (text: string) => string): { [name: string]: Xml } {
  return {
    Marker: encode(query.get("marker") ?? ""),
    NextMarker: page.isTruncated && query.has("delimiter") ? encode(page.last) : undefined,
  };
}

function describe(folder: string, key: string, encode: (text: string) => string): Xml[] {
  const file = statSync(join(folder, key), { bigint: true, throwIfNoEntry: false });
  if (!file) return [];
  const [LastModified, Size] = [new Date(Number(file.mtimeMs)), Number(file.size)];
  return [{ Key: encode(key), LastModified, ETag: etagOf(file), Size, StorageClass: "STANDARD" }];
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html#API_ListObjectsV2_RequestSyntax
 * (encoding-type)
 */
function encodeKey(text: string): string {
  return encodeURIComponent(text).replaceAll("%2F", "/");
}
