/**
 * The errors that somebody catches. Everything else is a built-in error class: the middleware answers it with a 500 and
 * the log keeps its cause.
 */

/**
 * Thrown where a request cannot be served for a reason that the caller may know: the HTTP middleware makes it the answer
 * `{"message": …}` with this status and these headers. `body` replaces that default where a route has a shape of its own.
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;

  constructor(status: number, message: string, options: HttpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = status;
    this.headers = options.headers ?? {};
    this.body = options.body ?? { message };
  }
}

type HttpErrorOptions = { headers?: Record<string, string>; body?: object; cause?: unknown };

/** Thrown when AWS did not take something although it was offered again for as long as the caller can wait: a 503. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  readonly retryAfterSeconds: number;

  constructor(message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds ?? 5;
  }
}

/** Thrown when a function's environment lacks something or holds what cannot be used; no variable's value is named. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Thrown when a query of Athena has ended without an answer: nothing of it can take effect later. */
export class AthenaQueryError extends Error {
  override readonly name = "AthenaQueryError";
  readonly queryId: string;
  readonly state: "FAILED" | "CANCELLED";

  constructor(queryId: string, { state, reason }: { state: "FAILED" | "CANCELLED"; reason: string | undefined }) {
    super(`Cannot finish Athena query ${queryId}: ${state}: ${reason ?? "no reason given"}`);
    this.queryId = queryId;
    this.state = state;
  }
}
