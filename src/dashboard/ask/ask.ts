/** One question to the API: `ask` returns the answer, and repeats a question as long as it is still running. */
import { parseExact } from "./whole.ts";

/** Status 0: there was no answer. The message is the detail of the API's own problem, if there is one. */
export class AskError extends Error {
  readonly status: number;
  readonly retryAfterMs: number;

  constructor(status: number, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = "AskError";
    this.status = status;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }

  /** Whether the same question may succeed later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** An answer, and the tag by which it can be asked whether it is still the same. */
export type Tagged<T> = { answer: T; etag: string | null };
/** `token` is that of a shared link; a reader who signed in has a cookie. `known` is the last answer. */
export type AskOptions<T = unknown> = {
  token?: string | undefined;
  signal: AbortSignal;
  onRunning?: () => void;
  known?: Tagged<T> | undefined;
};

/** Longer than the API takes for any answer. */
const PATIENCE_MS = 35_000;
const LONGEST_RETRY_AFTER_MS = 60_000;

/**
 * Asks until there is an answer other than "still running" (202, with Retry-After). Throws an AskError, or the signal's
 * reason when aborted. The caller chooses the type without a check: the API is from the same build as this page.
 */
export async function ask<T>(path: string, options: AskOptions<T>): Promise<Tagged<T>> {
  for (;;) {
    const response = await send(path, options);
    const text = await response.text().catch((cause) => Promise.reject(unreachable(cause, options.signal)));
    if (response.status === 304 && options.known !== undefined) return options.known;
    if (response.status === 200) return { answer: read<T>(text), etag: response.headers.get("etag") };
    if (response.status !== 202) throw refusal(response, text);
    options.onRunning?.();
    await sleep(Math.max(500, retryAfterMs(response)), options.signal);
  }
}

/** Waits; throws the signal's reason if it aborts in the meantime. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
  });
}

async function send(path: string, { token, signal, known }: AskOptions): Promise<Response> {
  try {
    return await fetch(path, {
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(known?.etag && { "if-none-match": known.etag }),
      },
      // A shared link must not show more to those who have signed in.
      credentials: token === undefined ? "same-origin" : "omit",
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
  } catch (cause) {
    throw unreachable(cause, signal);
  }
}

function unreachable(cause: unknown, signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : new AskError(0, "", { cause });
}

function read<T>(text: string): T {
  try {
    return parseExact(text) as T;
  } catch (cause) {
    throw new AskError(502, "", { cause });
  }
}

function refusal(response: Response, text: string): AskError {
  return new AskError(response.status, detailIn(text), { retryAfterMs: retryAfterMs(response) });
}

function detailIn(text: string): string {
  try {
    const detail: unknown = JSON.parse(text)?.detail;
    return typeof detail === "string" ? detail : "";
  } catch {
    return "";
  }
}

function retryAfterMs(response: Response): number {
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS) : 0;
}
