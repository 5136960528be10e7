/**
 * Texts that only this stage can have written: what follows the last dot is an HMAC of the rest. Each purpose has a key
 * of its own, made from the read token, so rotating the token ends everything that was signed.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export type Purpose = "session" | "share";

export function sign(text: string, purpose: Purpose, secret: string): string {
  return `${text}.${signatureOf(text, purpose, secret).toString("base64url")}`;
}

/** The text without its signature; undefined if that is not ours. */
export function readSigned(signed: string, purpose: Purpose, secret: string): string | undefined {
  const dot = signed.lastIndexOf(".");
  const text = signed.slice(0, Math.max(0, dot));
  const given = Buffer.from(signed.slice(dot + 1), "base64url");
  const wanted = signatureOf(text, purpose, secret);
  return dot > 0 && given.length === wanted.length && timingSafeEqual(given, wanted) ? text : undefined;
}

function signatureOf(text: string, purpose: Purpose, secret: string): Buffer {
  const key = createHmac("sha256", secret).update(`daymark ${purpose}`).digest();
  return createHmac("sha256", key).update(text).digest();
}
