/** Signing in and out, and the links that show one filter and nothing else. */
import { fitsParameter } from "../../athena-queries/sql.ts";
import { HttpError } from "../../errors.ts";
import { escapeValue } from "../../metrics/key.ts";
import type { NewShareAnswer, SessionAnswer, SharesAnswer } from "../../schemas/api/access.ts";
import { shareRequest } from "../../schemas/api/access.ts";
import { type AccessList, MOST_SHARES, type Share } from "../../table/access-list.ts";
import { cookieName, type Reader, type Sender, SHARE_PREFIX } from "./reader.ts";
import { sign } from "./signed-text.ts";

type Answer = { status: number; body: object; cookies?: string[] };
export type AccessRequest = Sender & { reader: Reader; body: string; share: string };
export type AccessOptions = {
  access: AccessList;
  secret: () => Promise<string>;
  clock: () => number;
  newId: () => string;
  /** Every dimension that some metric can be filtered by. */
  dimensions: readonly string[];
};

const SESSION_S = 30 * 86_400;

type Route = (request: AccessRequest, options: AccessOptions) => Promise<Answer>;

const routes: Record<string, Route> = {
  "POST /v1/session": signIn,
  "DELETE /v1/session": signOut,
  "GET /v1/shares": listShares,
  "POST /v1/shares": addShare,
  "DELETE /v1/shares/{share}": endShare,
};

/** Undefined if this is none of these routes. Rejects with an HttpError, for a shared link always. */
export async function answerAccess(
  routeKey: string,
  request: AccessRequest,
  options: AccessOptions,
): Promise<Answer | undefined> {
  const route = routes[routeKey];
  if (route === undefined) return undefined;
  if (request.reader.kind !== "owner") throw new HttpError("not_shared", "This link does not open that");
  return route(request, options);
}

async function signIn({ headers, reader }: AccessRequest, options: AccessOptions): Promise<Answer> {
  const { access, secret, clock, newId } = options;
  // Otherwise a session could make itself last for ever.
  if (reader.kind === "owner" && reader.session !== undefined)
    throw new HttpError("token_needed", "Signing in needs the read token");
  const [id, expires] = [newId(), clock() + SESSION_S * 1000];
  await access.startSession(id, expires);
  const body: SessionAnswer = { expires_at: new Date(expires).toISOString() };
  const value = sign(`${id}.${expires}`, "session", await secret());
  return { status: 200, body, cookies: [setCookie(headers, value, SESSION_S)] };
}

async function signOut({ headers, reader }: AccessRequest, { access }: AccessOptions): Promise<Answer> {
  if (reader.kind === "owner" && reader.session !== undefined) await access.endSession(reader.session);
  return { status: 200, body: {}, cookies: [setCookie(headers, "", 0)] };
}

async function listShares(_: AccessRequest, { access }: AccessOptions): Promise<Answer> {
  const shares = [...(await access.shares())].map(([id, share]) => shown(id, share));
  const body: SharesAnswer = { shares: shares.sort((a, b) => a.created_at.localeCompare(b.created_at)) };
  return { status: 200, body };
}

async function addShare({ body }: AccessRequest, options: AccessOptions): Promise<Answer> {
  const { access, secret, clock, newId } = options;
  const where = readWhere(body, options.dimensions);
  const [id, share] = [newId(), { where, createdAt: clock() }];
  if (!(await access.addShare(id, share)))
    throw new HttpError("too_many_shares", `There are ${MOST_SHARES} shared links already: end one first`);
  const scope = Buffer.from(JSON.stringify({ id, where })).toString("base64url");
  const token = SHARE_PREFIX + sign(scope, "share", await secret());
  const answer: NewShareAnswer = { ...shown(id, share), token, path: `/share#${token}` };
  return { status: 201, body: answer };
}

async function endShare({ share }: AccessRequest, { access }: AccessOptions): Promise<Answer> {
  if (!(await access.shares()).has(share)) throw new HttpError("unknown_share", "There is no such link");
  await access.endShare(share);
  return { status: 200, body: {} };
}

/** Throws an HttpError 400 that says what is wrong. */
function readWhere(body: string, dimensions: readonly string[]): Record<string, string> {
  const request = shareRequest.safeParse(parse(body));
  const filters = request.success ? Object.entries(request.data.where) : [];
  const [filter] = filters;
  if (filter === undefined || filters.length > 1)
    throw new HttpError("invalid_share", 'A link is limited to one filter: {"where": {"app": "web"}}');
  const [name, value] = filter;
  if (!dimensions.includes(name))
    throw new HttpError("invalid_share", `"where" has no dimension; there are ${dimensions.join(", ")}`);
  if (!fitsParameter(escapeValue(value)))
    throw new HttpError("invalid_share", `The value of ${name} is too long for a filter`);
  return { [name]: value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shown(id: string, { where, createdAt }: Share) {
  return { id, where: { ...where }, created_at: new Date(createdAt).toISOString() };
}

function setCookie(headers: Sender["headers"], value: string, seconds: number): string {
  const secure = headers["x-forwarded-proto"] === "https" ? "; Secure" : "";
  return `${cookieName(headers)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}
