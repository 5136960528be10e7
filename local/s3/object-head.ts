/** What S3 says of an object beside its bytes, and the conditions and ranges that a reader may put. */

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
 * Changes whenever the object does. In the form of an upload in parts, which nobody takes for the bytes' MD5: that
 * would have to be kept, and files come into the lake without S3.
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

/** 200, or 304 where the reader has the object already. Throws an AwsError where it asked for another one. */
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

/** The range that a reader asked for; undefined for the whole, also where what it wrote is no range, as HTTP has it. */
export function readRange(header: string | undefined, size: number): Range | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== "" && to !== "" && Number(to) < start) return undefined;
  if (start > end) throw new AwsError("InvalidRange", "The requested range is not satisfiable");
  return { start, end };
}
