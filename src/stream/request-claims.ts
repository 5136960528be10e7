/**
 * What a batch claims to hold: the events of each request's copy, in few bytes. Within its request an event is named by
 * 4 bytes of a hash of its id. Two events of one request with the same 4 bytes could be confused only when the
 * request's records are in several batches: once in a hundred million requests of 20 events.
 */
import { hash } from "node:crypto";

/** `request` names app and batch id by 8 bytes in hexadecimal; `events` are the names of the events in this copy. */
export type Claim = { request: string; window: number | undefined; events: readonly number[] };

const HEAD_BYTES = 11;
const EVENT_BYTES = 4;
/** A window only has to differ from its neighbours; 0 means none. */
const WINDOWS = 255;

/** Names a request. The app is part of the name, so nobody can name another app's requests. */
export function requestOf(app: string, batchId: string): string {
  return hash("sha256", `${app}\0${batchId}`, "hex").slice(0, 16);
}

/**
 * Names an event of a request, by FNV-1a over UTF-16: this runs for every event, and only has to spread the names.
 * Whoever makes ids whose names collide harms only his own request.
 */
export function eventOf(eventId: string): number {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < eventId.length; i++) hashed = Math.imul(hashed ^ eventId.charCodeAt(i), 0x01000193);
  return hashed >>> 0;
}

/**
 * Claims as bytes: for each claim 8 for the request, 1 for the window, 2 for the number of events, and 4 for each
 * event.
 */
export function packClaims(claims: readonly Claim[]): Uint8Array {
  const length = claims.reduce((sum, { events }) => sum + HEAD_BYTES + events.length * EVENT_BYTES, 0);
  const bytes = Buffer.alloc(length);
  let at = 0;
  for (const { request, window, events } of claims) {
    bytes.write(request, at, 8, "hex");
    bytes[at + 8] = windowByte(window);
    bytes.writeUInt16BE(events.length, at + 9);
    at += HEAD_BYTES;
    for (const event of events) at = bytes.writeUInt32BE(event, at);
  }
  return bytes;
}

/**
 * A claim within packed bytes. Most claims are never looked at again, so a claim's events are decoded only when needed.
 */
export type PackedClaim = { request: string; window: number; bytes: Buffer; at: number; count: number };

/** Calls `take` for each claim, in order, and stops at a claim that is cut short: it comes from a newer release. */
export function readClaims(packed: Uint8Array, take: (claim: PackedClaim) => void): void {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const count = bytes.readUInt16BE(at + 9);
    const next = at + HEAD_BYTES + count * EVENT_BYTES;
    if (next > bytes.length) return;
    take({ request: bytes.toString("hex", at, at + 8), window: bytes[at + 8] ?? 0, bytes, at: at + HEAD_BYTES, count });
    at = next;
  }
}

/** Whether a claim holds an event. */
export function holds({ bytes, at, count }: PackedClaim, event: number): boolean {
  for (let i = 0; i < count; i++) if (bytes.readUInt32BE(at + i * EVENT_BYTES) === event) return true;
  return false;
}

/** A window as claims carry it: one byte, which differs from that of nearby windows. */
export function windowByte(window: number | undefined): number {
  return window === undefined ? 0 : (window % WINDOWS) + 1;
}
