/**
 * The connection that all parts of the page share: the token, previous answers (so that Back shows a view immediately),
 * and whether the server can be reached.
 */
import { type AskError, type AskOptions, ask } from "./ask.ts";

export type ApiClient = {
  ask: <T>(path: string, options: Omit<AskOptions, "token">) => Promise<T>;
  /** The last answer to a question, if it is still in memory. */
  remembered: (path: string) => unknown;
  /** Since when the server has not answered (epoch ms); undefined while it does. */
  awaySince: () => number | undefined;
  /** Calls back when the server goes away or comes back. Returns a function that ends this. */
  subscribe: (onChange: () => void) => () => void;
};

const MOST_REMEMBERED = 200;

/** `onWrongToken` is called if the API refuses the token. */
export function createClient(token: string, onWrongToken: () => void): ApiClient {
  const answers = new Map<string, unknown>();
  const listeners = new Set<() => void>();
  let away: number | undefined;
  const setAway = (since: number | undefined) => {
    if ((away === undefined) === (since === undefined)) return;
    away = since;
    for (const listener of listeners) listener();
  };
  return {
    async ask<T>(path: string, options: Omit<AskOptions, "token">): Promise<T> {
      try {
        const answer = await ask<T>(path, { ...options, token });
        remember(answers, path, answer);
        setAway(undefined);
        return answer;
      } catch (error) {
        if (isRefusal(error, 401)) onWrongToken();
        else if (isRefusal(error, 0) || isRefusal(error, 502) || isRefusal(error, 503)) setAway(Date.now());
        throw error;
      }
    },
    remembered: (path) => answers.get(path),
    awaySince: () => away,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}

function remember(answers: Map<string, unknown>, path: string, answer: unknown): void {
  answers.delete(path);
  answers.set(path, answer);
  const [oldest] = answers.keys();
  if (answers.size > MOST_REMEMBERED && oldest !== undefined) answers.delete(oldest);
}

function isRefusal(error: unknown, status: AskError["status"]): boolean {
  return error instanceof Error && "status" in error && error.status === status;
}
