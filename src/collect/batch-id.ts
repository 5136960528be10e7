/**
 * Ids that stay the same when a request is sent again. A repeated request is recognised by its batch id, and its events
 * by theirs; a client that sends only one of the two gets the other derived from it.
 */
import { hash } from "node:crypto";
import { uuidFrom } from "../schemas/stable-uuid.ts";

/** The batch id of a request whose events all have ids of their own. */
export function batchIdOf(app: string, eventIds: readonly string[]): string {
  return uuidFrom("batch", app, ...eventIds);
}

/** The id of the event at `index` of a request that has a batch id. */
export function eventIdOf(app: string, batchId: string, index: number): string {
  return uuidFrom("event", app, batchId, String(index));
}

/** The id of the row that holds what an event adds to a visit of another day. */
export function visitPartIdOf(eventId: string): string {
  return uuidFrom("visit part", eventId);
}

/**
 * Which stream a request goes to: always the same one for the same batch, and an equal share of all batches for each
 * stream.
 */
export function streamOf(batchId: string, streams: readonly [string, ...string[]]): string {
  const [first] = streams;
  if (streams.length === 1) return first;
  return streams[Number.parseInt(hash("sha256", batchId, "hex").slice(0, 8), 16) % streams.length] ?? first;
}
