/**
 * An id for visitors who bring none: a keyed hash of their address and user agent, under a key that changes every day. It tells
 * visitors of one day apart and nothing else: without the salt nobody can try addresses out, and the next day's ids are unrelated.
 */
import { createHmac } from "node:crypto";

/** 22 characters (128 bits) that stand for this address and user agent on this day. */
export function visitorId(salt: string, day: string, address: string, userAgent: string): string {
  const digest = createHmac("sha256", `${salt}${day}`).update(`${address}\n${userAgent}`).digest("base64url");
  return digest.slice(0, 22);
}
