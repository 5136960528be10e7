/** Who may write: a write key names an app and the origins of its pages; the trusted key is for servers and has no origins. */
import { hash, timingSafeEqual } from "node:crypto";
import { HttpError } from "../errors.ts";

export type Caller = { app: string; trusted: boolean };
type App = { app: string; key: string; origins: readonly string[] };
type Lock = Caller & { digest: Buffer; origins: ReadonlySet<string> };
export type Keyring = readonly Lock[];

/** The app of whoever has the trusted key. No other app may be called so (src/config.ts). */
export const TRUSTED_APP = "server";

/** Prepares the keys for comparison. The trusted key's app is `server`, and it may be used from anywhere. */
export function createKeyring(apps: readonly App[], trustedKey: string): Keyring {
  return [
    ...apps.map(({ app, key, origins }) => ({ app, trusted: false, digest: digest(key), origins: new Set(origins) })),
    { app: TRUSTED_APP, trusted: true, digest: digest(trustedKey), origins: new Set(["*"]) },
  ];
}

/** Who a key belongs to. Throws an HttpError: 401 for a missing or unknown key, 403 for an origin that may not use it. */
export function identify(keyring: Keyring, key: string | undefined, origin: string | undefined): Caller {
  if (key === undefined || key === "") throw new HttpError(401, "Cannot accept events: the write key is missing");
  const lock = find(keyring, digest(key));
  if (lock === undefined) throw new HttpError(401, "Cannot accept events: the write key is unknown");
  const isAllowed = origin === undefined || lock.origins.has("*") || lock.origins.has(origin);
  if (!isAllowed) throw new HttpError(403, `Cannot accept events: origin ${origin.slice(0, 100)} may not use this key`);
  return { app: lock.app, trusted: lock.trusted };
}

// Digests have one length and say nothing of the key; every one is compared, so the time tells neither which nor whether.
function find(keyring: Keyring, wanted: Buffer): Lock | undefined {
  let found: Lock | undefined;
  for (const lock of keyring) if (timingSafeEqual(lock.digest, wanted)) found = lock;
  return found;
}

function digest(key: string): Buffer {
  return hash("sha256", key, "buffer");
}
