/** A request to S3 as its operations see it. Only `path` maps a key to a file, and checks the key. */
import type { IncomingMessage } from "node:http";

export type S3Request = {
  req: IncomingMessage;
  bucket: string;
  key: string;
  query: URLSearchParams;
  /** The file of an object, by default the request's own. Throws an AwsError for a name that leads elsewhere. */
  path(key?: string, bucket?: string): string;
};
