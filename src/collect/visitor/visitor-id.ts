/**
 * An id for visitors who have none: a keyed hash of their address and user agent, with a key that changes every day. It
 * tells the visitors of one day apart and does nothing else: without the salt nobody can find an address by trying, and
 * the next day's ids are unrelated.
 */
import { createHmac } from "node:crypto";

/** 22 characters (128 bits), the same for the same address and user agent on the same day. */
export function visitorId(salt: string, day: string, address: string, userAgent: string): string {
  const digest = createHmac("sha256", `${salt}${day}`).update(`${address}\n${userAgent}`).digest("base64url");
  return digest.slice(0, 22);
}
