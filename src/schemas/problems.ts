/**
 * Every kind of refusal: the code by which a program tells it from others, its HTTP status, and its name for people.
 * Answers carry it as RFC 9457 says (`application/problem+json`), with a `detail` that says what was wrong this time.
 */

export const problems = {
  unreadable_body: { status: 400, title: "The body cannot be read" },
  no_event_accepted: { status: 400, title: "Nothing in the request can be accepted" },
  invalid_question: { status: 400, title: "The question cannot be answered" },
  invalid_share: { status: 400, title: "This cannot be shared" },
  unreadable_request: { status: 400, title: "The request is not HTTP" },
  wrong_write_key: { status: 401, title: "The write key is missing or unknown" },
  wrong_read_token: { status: 401, title: "The read token is missing or wrong" },
  forbidden_origin: { status: 403, title: "The page's origin may not use this key" },
  key_in_address: { status: 403, title: "The key may not be in an address" },
  foreign_caller: { status: 403, title: "The host or page may not call" },
  foreign_session: { status: 403, title: "A session is for this host's own pages" },
  token_needed: { status: 403, title: "This needs the read token" },
  not_shared: { status: 403, title: "The shared link does not show that" },
  not_found: { status: 404, title: "There is no such path" },
  unknown_share: { status: 404, title: "There is no such shared link" },
  unknown_metric: { status: 404, title: "There is no such metric" },
  method_not_allowed: { status: 405, title: "The path does not take this method" },
  too_many_shares: { status: 409, title: "There are too many shared links" },
  slow_request: { status: 408, title: "The request took too long" },
  body_too_large: { status: 413, title: "The body is too large" },
  too_many_events: { status: 413, title: "The request has too many events" },
  too_many_values: { status: 413, title: "The request has too many values" },
  address_over_budget: { status: 429, title: "The address has sent too much" },
  too_many_requests: { status: 429, title: "The stage gets too many requests" },
  headers_too_large: { status: 431, title: "The headers are too large" },
  internal_error: { status: 500, title: "Something is wrong here" },
  query_failed: { status: 502, title: "The query of sealed days failed" },
  lost_day: { status: 502, title: "A day can no longer be counted" },
  unavailable: { status: 503, title: "Not possible at the moment" },
  missing_rollup: { status: 503, title: "The rollup of a sealed day is not there" },
  wrong_timezone: { status: 503, title: "The stage counts in another time zone than its table" },
  failing: { status: 503, title: "Something is wrong with this machine" },
} as const satisfies Record<string, { status: number; title: string }>;

export type ProblemCode = keyof typeof problems;

/** The members of an answer that says why it refuses; `extra` are members of this kind of problem. */
export function problemOf(code: ProblemCode, detail: string, requestId: string | undefined, extra: object = {}) {
  const { status, title } = problems[code];
  const type = `urn:problem-type:daymark:${code}`;
  return { type, title, status, detail, code, ...(requestId !== undefined && { request_id: requestId }), ...extra };
}
