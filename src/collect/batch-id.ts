/**
 * Ids that come out the same when a request is sent again. A repeat is recognised by its batch id, and its events by theirs;
 * a client that gives only one of the two gets the other derived from it.
 */
import { hash } from "node:crypto";

/** A UUID (version 8, RFC 9562: made by the application) from the SHA-256 of some texts. */
export function uuidFrom(...parts: readonly string[]): string {
  return toUuid(hash("sha256", parts.join("\n"), "hex"), "8");
}

/**
 * A UUID (version 7) that carries an instant, in epoch ms, and is the same for the same instant and texts. The stream finds
 * repeats of such batches by that instant, however much later they come (src/stream/request-pages.ts).
 */
export function timedUuidFrom(instant: number, ...parts: readonly string[]): string {
  const time = Math.max(0, instant).toString(16).padStart(12, "0");
  return toUuid(time + hash("sha256", parts.join("\n"), "hex"), "7");
}

/** A UUID from hexadecimal digits, some of which give way to version and variant. */
export function toUuid(h: string, version: "7" | "8"): string {
  const variant = "89ab".charAt(Number.parseInt(h.charAt(16), 16) & 3);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${version}${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
}

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
