/**
 * Who may write: a write key names an app, the origins of its pages and what they may send; the trusted key is for servers, and is
 * believed from no page and in no address.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { HttpError } from "../errors.ts";
import { TRUSTED_APP } from "../schemas/trusted-app.ts";
import { limitsOf, type SendLimits } from "./may-send.ts";

/** `limits` are those of an app's key; the trusted one has none. */
export type Caller = { app: string; trusted: boolean; limits?: SendLimits };
export type AppKey = {
  app: string;
  key: string;
  origins: readonly string[];
  names?: readonly string[] | undefined;
  maxAmount?: number | undefined;
};
/** The key as it came, whether it stood in the address, and the page that sent it. */
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
    })),
    { app: TRUSTED_APP, trusted: true, digest: digest(trustedKey), origins: new Set() },
  ];
}

/**
 * Who a key belongs to. Throws an HttpError: 401 for a missing or unknown key, 403 for an origin or a place where it may not be; in
 * that case too `onFound` is told the app.
 */
export function identify(
  keyring: Keyring,
  { key, isKeyInUrl, origin }: Credentials,
  onFound: (app: string) => void = () => {},
): Caller {
  if (key === undefined || key === "") throw new HttpError(401, "Cannot accept events: the write key is missing");
  const lock = find(keyring, digest(key));
  if (lock === undefined) throw new HttpError(401, "Cannot accept events: the write key is unknown");
  onFound(lock.app);
  const isAllowed = origin === undefined || lock.origins.has("*") || lock.origins.has(origin);
  if (!isAllowed) throw new HttpError(403, `Cannot accept events: origin ${origin.slice(0, 100)} may not use this key`);
  // Addresses are kept in histories, logs and the referrers of other pages.
  if (lock.trusted && isKeyInUrl)
    throw new HttpError(
      403,
      "Cannot accept events: the trusted key belongs into the header x-write-key, not into an address",
    );
  return { app: lock.app, trusted: lock.trusted, ...(lock.limits && { limits: lock.limits }) };
}

// Digests have one length and say nothing of the key; every one is compared, so the time tells neither which nor whether.
function find(keyring: Keyring, wanted: Buffer): KeyLock | undefined {
  let found: KeyLock | undefined;
  for (const lock of keyring) if (timingSafeEqual(lock.digest, wanted)) found = lock;
  return found;
}

function digest(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
