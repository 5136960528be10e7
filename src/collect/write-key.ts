/**
 * Who may write. A write key names an app, the origins of its pages and what they may send. The trusted key is for
 * servers; it is accepted neither from pages nor in URLs.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { HttpError } from "../errors.ts";
import { TRUSTED_APP } from "../schemas/trusted-app.ts";
import { limitsOf, type SendLimits } from "./may-send.ts";

/** `limits`, and the hosts of the app's own sites without `www.`, are those of an app's key; the trusted key has none. */
export type Caller = { app: string; trusted: boolean; limits?: SendLimits; ownHosts?: ReadonlySet<string> };
export type AppKey = {
  app: string;
  key: string;
  origins: readonly string[];
  names?: readonly string[] | undefined;
  maxAmount?: number | undefined;
};
/** The key as it was sent, whether it was in the URL, and the origin of the page that sent it. */
export type Credentials = { key: string | undefined; isKeyInUrl: boolean; origin: string | undefined };
type KeyLock = Caller & { digest: Buffer; origins: ReadonlySet<string> };
export type Keyring = readonly KeyLock[];

/** Prepares the keys for comparison. The trusted key's app is `server`. */
export function createKeyring(apps: readonly AppKey[], trustedKey: string): Keyring {
  return [
    ...apps.map((app) => ({
      app: app.app,
      trusted: false,
      limits: limitsOf(app),
      digest: digest(app.key),
      origins: new Set(app.origins),
      ownHosts: new Set(app.origins.map((origin) => origin.replace(/^\w+:\/\/(?:www\.)?/, ""))),
    })),
    { app: TRUSTED_APP, trusted: true, digest: digest(trustedKey), origins: new Set() },
  ];
}

/**
 * Whose key it is. Throws an HttpError: 401 for a missing or unknown key, 403 for an origin, or a position in the
 * request, where the key is not allowed. In the case of 403, `onFound` is still told the app.
 */
export function identify(
  keyring: Keyring,
  { key, isKeyInUrl, origin }: Credentials,
  onFound: (app: string) => void = () => {},
): Caller {
  if (key === undefined || key === "")
    throw new HttpError("wrong_write_key", "Cannot accept events: the write key is missing");
  const lock = find(keyring, digest(key));
  if (lock === undefined) throw new HttpError("wrong_write_key", "Cannot accept events: the write key is unknown");
  onFound(lock.app);
  const isAllowed = origin === undefined || lock.origins.has("*") || lock.origins.has(origin);
  if (!isAllowed)
    throw new HttpError(
      "forbidden_origin",
      `Cannot accept events: origin ${origin.slice(0, 100)} may not use this key`,
    );
  // URLs end up in browser histories, logs and the referrers of other pages.
  if (lock.trusted && isKeyInUrl)
    throw new HttpError(
      "key_in_address",
      "Cannot accept events: the trusted key belongs into the header x-write-key, not into an address",
    );
  const { app, trusted, limits, ownHosts } = lock;
  return { app, trusted, ...(limits && { limits }), ...(ownHosts && { ownHosts }) };
}

// Digests have equal lengths and reveal nothing about the key. All of them are compared, so the time tells neither
// which key matched nor whether one did.
function find(keyring: Keyring, wanted: Buffer): KeyLock | undefined {
  let found: KeyLock | undefined;
  for (const lock of keyring) if (timingSafeEqual(lock.digest, wanted)) found = lock;
  return found;
}

function digest(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
