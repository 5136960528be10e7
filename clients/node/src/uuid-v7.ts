/**
 * Ids for batches. The server recognises copies of a batch by the time in its id, however late they arrive.
 * https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
 */
import { randomUUID } from "node:crypto";

/** A version 7 UUID with the current time. */
export function uuidV7(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
