/**
 * Keeps an answer up to date: asks, waits until there is a reason to ask again, and backs off while the server is away.
 * There is one request at a time, so that a slow answer is never overtaken or starved by the next.
 */
import { AskError } from "./ask.ts";

export type KeepAskingOptions<T> = {
  ask: () => Promise<T>;
  onAnswer: (answer: T) => void;
  onError: (error: AskError) => void;
  /** The time from an answer to the next question; without it, only `again` asks again. */
  everyMs?: number | undefined;
  /** Waits so long, and while the page is hidden. Throws when the signal aborts. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  signal: AbortSignal;
};

const LONGEST_BACK_OFF_MS = 15_000;

/** Asks until the signal aborts. `again` asks immediately, or once more after the current question. */
export function keepAsking<T>(options: KeepAskingOptions<T>): { again: () => void } {
  let wake = () => {};
  let isDue = false;
  const again = () => {
    isDue = true;
    wake();
  };
  const pause = async (ms: number | undefined) => {
    if (isDue) return;
    const early = new AbortController();
    wake = () => early.abort();
    const signal = AbortSignal.any([options.signal, early.signal]);
    await (ms === undefined ? forever(signal) : options.sleep(ms, signal)).catch(() => {});
    wake = () => {};
  };
  const run = async () => {
    let failures = 0;
    while (!options.signal.aborted) {
      isDue = false;
      const error = await tryOnce(options);
      failures = error === undefined ? 0 : failures + 1;
      if (options.signal.aborted) return;
      await pause(error === undefined ? options.everyMs : waitAfter(error, failures));
    }
  };
  void run();
  return { again };
}

/** How long to wait after so many failures in a row; undefined if asking again cannot help. */
export function waitAfter(error: AskError, failures: number): number | undefined {
  if (!error.isPassing) return undefined;
  return Math.max(error.retryAfterMs, Math.min(LONGEST_BACK_OFF_MS, 500 * 2 ** failures));
}

async function tryOnce<T>({ ask, onAnswer, onError, signal }: KeepAskingOptions<T>): Promise<AskError | undefined> {
  try {
    const answer = await ask();
    if (!signal.aborted) onAnswer(answer);
    return undefined;
  } catch (cause) {
    const error = cause instanceof AskError ? cause : new AskError(0, String(cause), { cause });
    if (!signal.aborted) onError(error);
    return error;
  }
}

function forever(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
