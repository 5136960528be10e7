/**
 * The connection that all parts of the page share: who asks, previous answers (so that Back shows a view immediately),
 * and whether the server can be reached.
 */
import { type AskError, type AskOptions, ask, type Tagged } from "./ask.ts";

export type ApiClient = {
  ask: <T>(path: string, options: Omit<AskOptions, "token" | "known">) => Promise<T>;
  /** The filters of a shared link, which nobody can leave. */
  locked: Readonly<Record<string, string>> | undefined;
  /** The last answer to a question, if it is still in memory. */
  remembered: (path: string) => unknown;
  /** Since when the server has not answered (epoch ms); undefined while it does. */
  awaySince: () => number | undefined;
  /** Calls back when the server goes away or comes back. Returns a function that ends this. */
  subscribe: (onChange: () => void) => () => void;
};

const MOST_REMEMBERED = 200;

/** What a shared link shows, and the token by which it does. */
export type Link = { token: string; where: Readonly<Record<string, string>> };

/** Without a link, the reader is signed in by a cookie. `onRefused` is called if the API does not know the reader. */
export function createClient(link: Link | undefined, onRefused: () => void): ApiClient {
  const answers = new Map<string, Tagged<unknown>>();
  const listeners = new Set<() => void>();
  let away: number | undefined;
  const setAway = (since: number | undefined) => {
    if ((away === undefined) === (since === undefined)) return;
    away = since;
    for (const listener of listeners) listener();
  };
  return {
    locked: link?.where,
    async ask<T>(path: string, options: Omit<AskOptions, "token" | "known">): Promise<T> {
      try {
        const known = answers.get(path) as Tagged<T> | undefined;
        const tagged = await ask<T>(path, { ...options, token: link?.token, known });
        remember(answers, path, tagged);
        setAway(undefined);
        return tagged.answer;
      } catch (error) {
        if (isRefusal(error, 401)) onRefused();
        else if (isRefusal(error, 0) || isRefusal(error, 502) || isRefusal(error, 503)) setAway(Date.now());
        throw error;
      }
    },
    remembered: (path) => answers.get(path)?.answer,
    awaySince: () => away,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}

function remember(answers: Map<string, Tagged<unknown>>, path: string, answer: Tagged<unknown>): void {
  answers.delete(path);
  answers.set(path, answer);
  const [oldest] = answers.keys();
  if (answers.size > MOST_REMEMBERED && oldest !== undefined) answers.delete(oldest);
}

function isRefusal(error: unknown, status: AskError["status"]): boolean {
  return error instanceof Error && "status" in error && error.status === status;
}
