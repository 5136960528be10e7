/**
 * UUIDs that are the same for the same texts, wherever and whenever they are made, so that a repeat is recognised by
 * its id.
 */
import { hash } from "node:crypto";

/** A UUID (version 8, RFC 9562: defined by the application) from the SHA-256 of some texts. */
export function uuidFrom(...parts: readonly string[]): string {
  return toUuid(hash("sha256", parts.join("\n"), "hex"), "8");
}

/**
 * A UUID (version 7) that carries an instant, in epoch ms, and is the same for the same instant and texts. By that
 * instant the stream finds repeats of such batches, however late they arrive (src/stream/request-pages.ts).
 */
export function timedUuidFrom(instant: number, ...parts: readonly string[]): string {
  const time = Math.max(0, instant).toString(16).padStart(12, "0");
  return toUuid(time + hash("sha256", parts.join("\n"), "hex"), "7");
}

/** A UUID from hexadecimal digits, some of which are replaced by version and variant. */
export function toUuid(h: string, version: "7" | "8"): string {
  const variant = "89ab".charAt(Number.parseInt(h.charAt(16), 16) & 3);
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${version}${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
}
