/**
 * What a batch says it holds: of each request's copy the events, in few bytes. An event is named within its request by 4 bytes of
 * its id's hash; two events of one request that are alike there could be taken for each other only when the request's records lie
 * in several batches, once in a hundred million requests of 20 events.
 */
import { hash } from "node:crypto";

/** `request` names app and batch id by 8 bytes in hexadecimal; `events` are the names of its events in this copy. */
export type Claim = { request: string; window: number | undefined; events: readonly number[] };

const HEAD_BYTES = 11;
const EVENT_BYTES = 4;
/** Windows are told apart from their neighbours alone; 0 stands for none. */
const WINDOWS = 255;

/** Names a request. The key's app is part of it: nobody can name another's requests. */
export function requestOf(app: string, batchId: string): string {
  return hash("sha256", `${app}\0${batchId}`, "hex").slice(0, 16);
}

/**
 * Names an event of a request, by FNV-1a over UTF-16: this runs for each event, and needs no more than a spread. Whoever makes ids
 * that are named alike harms a request of his own.
 */
export function eventOf(eventId: string): number {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < eventId.length; i++) hashed = Math.imul(hashed ^ eventId.charCodeAt(i), 0x01000193);
  return hashed >>> 0;
}

/** Claims as bytes: per claim 8 of the request, 1 of the window, 2 of how many events, 4 of each. */
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

/** A claim where it stands in packed bytes: most are never looked at again, so that none is unpacked before it is. */
export type PackedClaim = { request: string; window: number; bytes: Buffer; at: number; count: number };

/** Calls `take` for each claim, in order. Bytes that end inside of one end there: they are the claims of a newer form. */
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

/** A window as claims carry it: the same for a window and none of those near it. */
export function windowByte(window: number | undefined): number {
  return window === undefined ? 0 : (window % WINDOWS) + 1;
}
