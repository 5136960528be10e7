/**
 * The error with which a local service answers, and the interface between a service and the endpoint that dispatches to
 * it. The endpoint writes an AwsError as AWS does: status, `x-amzn-errortype`, and `{"__type": code, "message": …}` as
 * the body.
 */

/** Thrown by a local service for an answer that AWS documents; any other error becomes a 500 InternalFailure. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;
  /** Further members of the error body, for instance `CancellationReasons`. */
  readonly extra: Record<string, unknown>;

  constructor(code: string, message: string, options: { status?: number; extra?: object; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
    this.extra = { ...options.extra };
  }
}

/** One AWS JSON 1.1 service: `target` is the part before the dot in `X-Amz-Target`. */
export type AwsService = {
  target: string;
  // biome-ignore lint/suspicious/noExplicitAny: each operation knows the shape of its own input and checks it
  operations: Record<string, (input: any) => Promise<object>>;
};

/** Runs a function and waits for its answer; `functionError` is set when it threw or timed out. */
export type Invoke = (functionName: string, payload: unknown) => Promise<{ payload: unknown; functionError?: string }>;
