/**
 * Who is reading: somebody with the read token or a session, who may see everything, or somebody with a shared link, who
 * may see what it is limited to. A session is a cookie, which browsers send by themselves, so it counts only in requests
 * of this host's own pages.
 */
import { hash, timingSafeEqual } from "node:crypto";
import { HttpError } from "../../errors.ts";
import type { AccessList } from "../../table/access-list.ts";
import { readSigned } from "./signed-text.ts";

/** `session` is the id of the session that the reader came by. */
export type Reader = { kind: "owner"; session?: string } | { kind: "share"; where: Readonly<Record<string, string>> };

/** A request, as far as it says who sends it. Names of headers are in lower case. */
export type Sender = { method: string; headers: Record<string, string | undefined>; cookies?: string[] | undefined };

/** Calls `use` with the token, and again with a newer one if that throws an HttpError 401. */
export type Token = { check<T>(use: (token: string) => T): Promise<T> };

type Options = { token: Token; access: Pick<AccessList, "hasSession" | "hasShare">; now: number };
type Claim = { reader: Reader; listed?: () => Promise<boolean> };

export const SHARE_PREFIX = "share_";

/** Rejects with an HttpError: 401 for a sender who may not read, 403 for a page of another origin. */
export async function identify(sender: Sender, { token, access, now }: Options): Promise<Reader> {
  const given = /^Bearer +(\S+) *$/i.exec(sender.headers.authorization ?? "")?.[1];
  const cookie = sessionCookie(sender);
  if (given === undefined && (cookie === undefined || sender.headers.authorization !== undefined)) throw refusal("");
  const claim = await token.check((secret): Claim => {
    if (given === undefined) return sessionOf(cookie ?? "", secret, { access, now });
    return given.startsWith(SHARE_PREFIX) ? shareOf(given, secret, access) : ownerOf(given, secret);
  });
  if (given === undefined) requireOwnPage(sender);
  if (claim.listed !== undefined && !(await claim.listed())) throw refusal(', error="invalid_token"');
  return claim.reader;
}

function ownerOf(given: string, secret: string): Claim {
  // Digests have equal lengths, so comparing them reveals nothing about the token's length.
  if (!timingSafeEqual(digest(given), digest(secret))) throw refusal(', error="invalid_token"');
  return { reader: { kind: "owner" } };
}

function shareOf(given: string, secret: string, access: Options["access"]): Claim {
  const text = readSigned(given.slice(SHARE_PREFIX.length), "share", secret);
  if (text === undefined) throw refusal(', error="invalid_token"');
  const { id, where } = JSON.parse(Buffer.from(text, "base64url").toString());
  return { reader: { kind: "share", where }, listed: () => access.hasShare(id) };
}

function sessionOf(cookie: string, secret: string, { access, now }: Pick<Options, "access" | "now">): Claim {
  const [id = "", expires = ""] = readSigned(cookie, "session", secret)?.split(".") ?? [];
  if (id === "" || Number(expires) <= now) throw refusal("");
  return { reader: { kind: "owner", session: id }, listed: () => access.hasSession(id) };
}

/**
 * Over HTTPS the name's prefix makes browsers refuse the cookie from other hosts of the domain, and without HTTPS.
 * https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
 */
export function cookieName(headers: Sender["headers"]): string {
  return headers["x-forwarded-proto"] === "https" ? "__Host-daymark" : "daymark";
}

export function sessionCookie({ headers, cookies = [] }: Sender): string | undefined {
  const start = `${cookieName(headers)}=`;
  return cookies.find((cookie) => cookie.startsWith(start))?.slice(start.length);
}

/** `SameSite=Strict` keeps other sites out; this also keeps other hosts and ports of the same site out. */
export function requireOwnPage({ method, headers }: Sender): void {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  const isOwn =
    origin === undefined || site !== undefined
      ? site === "same-origin" || (/^(GET|HEAD)$/.test(method) && (site === undefined || site === "none"))
      : origin === `https://${host}` || origin === `http://${host}`;
  if (!isOwn) throw new HttpError("foreign_session", "A session is for this host's own pages");
}

function refusal(error: string): HttpError {
  return new HttpError("wrong_read_token", "Reading needs the header authorization: Bearer <read token>", {
    headers: { "www-authenticate": `Bearer realm="daymark"${error}` },
  });
}

function digest(text: string): Buffer {
  return hash("sha256", text, "buffer");
}
