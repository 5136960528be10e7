/**
 * Ids that come out the same when a request is sent again. A repeat is recognised by its batch id, and its events by theirs;
 * a client that gives only one of the two gets the other derived from it.
 */
import { hash } from "node:crypto";
import { uuidFrom } from "../schemas/stable-uuid.ts";

/** The batch id of a request whose events all brought their own ids. */
export function batchIdOf(app: string, eventIds: readonly string[]): string {
  return uuidFrom("batch", app, ...eventIds);
}

/** The id of the event at `index` of a request that brought a batch id. */
export function eventIdOf(app: string, batchId: string, index: number): string {
  return uuidFrom("event", app, batchId, String(index));
}

/** Which of the streams takes a request: the same one for the same batch, and each its share of all batches. */
export function streamOf(batchId: string, streams: readonly [string, ...string[]]): string {
  const [first] = streams;
  if (streams.length === 1) return first;
  return streams[Number.parseInt(hash("sha256", batchId, "hex").slice(0, 8), 16) % streams.length] ?? first;
}
