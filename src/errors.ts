/**
 * The errors that somebody catches. Everything else is a built-in error class: the middleware answers it with a 500,
 * and the log records its cause.
 */
import { type ProblemCode, problems } from "./schemas/problems.ts";

/**
 * Thrown when a request cannot be served for a reason that the caller may know. The HTTP middleware answers it as a
 * problem with the code's status, the message as its `detail`, and these headers.
 */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: ProblemCode;
  readonly headers: Record<string, string>;

  constructor(code: ProblemCode, message: string, options: HttpErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return problems[this.code].status;
  }
}

type HttpErrorOptions = { headers?: Record<string, string>; cause?: unknown };

/** Thrown when AWS did not accept something in spite of retries, for as long as the caller can wait: a 503. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
  readonly retryAfterSeconds: number;

  constructor(message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds ?? 5;
  }
}

/**
 * Thrown when a function's environment lacks something or contains something unusable; it never contains a variable's
 * value.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Thrown when an Athena query has ended without a result: it can have no effect later. */
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
