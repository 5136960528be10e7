/** A request to S3 as its operations see it. Where a key's bytes are is asked of `path` alone, which checks it. */
import type { IncomingMessage } from "node:http";

export type S3Request = {
  req: IncomingMessage;
  bucket: string;
  key: string;
  query: URLSearchParams;
  /** The file of an object, the request's own if none is named. Throws an AwsError for a name that leads elsewhere. */
  path(key?: string, bucket?: string): string;
};
