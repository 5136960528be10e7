/** What S3 says about an object in addition to its bytes, and the conditions and ranges that a reader may set. */

import { createHash } from "node:crypto";
import type { BigIntStats } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { extname } from "node:path";
import { AwsError } from "../endpoint/aws-error.ts";

/** The bytes from `start` to `end`, both included. */
export type Range = { start: number; end: number };

const types: Record<string, string> = {
  ".csv": "text/csv",
  ".txt": "text/plain",
  ".json": "application/json",
  ".parquet": "application/vnd.apache.parquet",
};

/**
 * Changes whenever the object does. It has the form of a multipart upload's ETag, which nobody takes for the MD5 of the
 * bytes: that would have to be stored, and files get into the lake without S3.
 */
export function etagOf({ ino, size, mtimeNs }: Pick<BigIntStats, "ino" | "size" | "mtimeNs">): string {
  return `"${createHash("md5").update(`${ino} ${size} ${mtimeNs}`).digest("hex")}-1"`;
}

/** The headers of HeadObject and GetObject. */
export function objectHeaders(key: string, file: BigIntStats): Record<string, string> {
  return {
    "accept-ranges": "bytes",
    "content-type": types[extname(key)] ?? "binary/octet-stream",
    "last-modified": new Date(Number(file.mtimeMs)).toUTCString(),
    etag: etagOf(file),
  };
}

/** 200, or 304 if the reader has the object already. Throws an AwsError if it asked for another version. */
export function checkConditions(headers: IncomingHttpHeaders, file: BigIntStats): 200 | 304 {
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  const [modified, unmodified] = [headers["if-modified-since"], headers["if-unmodified-since"]].map(seconds);
  const changed = Math.floor(Number(file.mtimeMs) / 1000);
  const isOther = match !== undefined ? !names(match, file) : unmodified !== undefined && changed > unmodified;
  if (isOther)
    throw new AwsError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  const isKnown = noneMatch !== undefined ? names(noneMatch, file) : modified !== undefined && changed <= modified;
  return isKnown ? 304 : 200;
}

function names(list: string, file: BigIntStats): boolean {
  const wanted = list.split(",").map((etag) => etag.trim().replace(/^W\/|"/g, ""));
  return wanted.includes("*") || wanted.includes(etagOf(file).replaceAll('"', ""));
}

function seconds(date: string | undefined): number | undefined {
  const time = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : time / 1000;
}

/** The requested range; undefined for the whole object, also if the header is not a valid range, as HTTP requires. */
export function readRange(header: string | undefined, size: number): Range | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < start) return undefined;
  if (start > end) throw new AwsError("InvalidRange", "The requested range is not satisfiable");
  return { start, end };
}
