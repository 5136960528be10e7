/**
 * What the HTTP API refuses itself, in the form of the functions' own refusals (`src/schemas/problems.ts`). Deployed,
 * API Gateway answers these in its own words, which cannot be changed.
 */
import type { HttpAnswer } from "./event.ts";

export const refusals = {
  unreadable: ["unreadable_request", 400, "The request is not HTTP"],
  forbidden: ["foreign_caller", 403, "The host or page may not call"],
  notFound: ["not_found", 404, "There is no such path"],
  tooSlow: ["slow_request", 408, "The request took too long"],
  tooLarge: ["body_too_large", 413, "The body is too large"],
  tooMany: ["too_many_requests", 429, "The stage gets too many requests"],
  headersTooLarge: ["headers_too_large", 431, "The headers are too large"],
  failed: ["internal_error", 500, "Something is wrong here"],
  unavailable: ["unavailable", 503, "Not possible at the moment"],
  failing: ["failing", 503, "Something is wrong with this machine"],
} as const satisfies Record<string, readonly [code: string, status: number, title: string]>;

export type RefusalReason = keyof typeof refusals;
type Options = { detail?: string; retryAfter?: number; extra?: object };

/** The answer; the request's id is put in when it is sent. */
export function refusal(reason: RefusalReason, { detail, retryAfter, extra = {} }: Options = {}): HttpAnswer {
  const [code, status, title] = refusals[reason];
  const wait = retryAfter ?? (status === 429 || status === 503 ? 1 : undefined);
  const headers = {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...(wait !== undefined && { "retry-after": String(wait) }),
  };
  const type = `urn:problem-type:daymark:${code}`;
  const problem = { type, title, status, detail: detail ?? `${title}: ${advice[reason]}`, code };
  return { status, headers, body: "", problem: { ...problem, ...extra } };
}

/** A refusal with the id of its request; any other answer as it is. */
export function withRequestId({ problem, ...answer }: HttpAnswer, requestId: string): HttpAnswer {
  return problem === undefined ? answer : { ...answer, body: JSON.stringify({ ...problem, request_id: requestId }) };
}

const advice: Record<RefusalReason, string> = {
  unreadable: "check the client",
  forbidden: "call by a name of this machine",
  notFound: "docs/openapi.json has every path",
  tooSlow: "send it faster",
  tooLarge: "send less at once",
  tooMany: "send it again later",
  headersTooLarge: "send at most 10 KB of headers",
  failed: "the log says what",
  unavailable: "send it again later",
  failing: "GET /v1/health says what",
};
