/** A component's question to the API, kept up to date as long as the component is mounted and the page is visible. */
import { useEffect, useRef, useState } from "preact/hooks";
import { useStage } from "../stage.ts";
import { type AskError, sleep } from "./ask.ts";
import { keepAsking } from "./keep-asking.ts";

export type Answer<T> = {
  /** The last answer; while a new question is running, the answer to the previous one. */
  data: T | undefined;
  /** Whether `data` answers a previous question. */
  isStale: boolean;
  error: AskError | undefined;
  /** The API is still working on the answer. */
  isRunning: boolean;
  retry: () => void;
};

type Options = {
  /** Asks again when this changes. */
  beat?: unknown;
  everyMs?: number;
};
type State<T> = { path: string | undefined; data?: T; error?: AskError | undefined; isRunning?: boolean };

/** Without a path nothing is asked. A question that is no longer needed is aborted. */
export function useAnswer<T>(path: string | undefined, { beat, everyMs }: Options = {}): Answer<T> {
  const { client } = useStage();
  const [state, setState] = useState<State<T>>({ path: undefined });
  const again = useRef(() => {});
  useEffect(() => {
    if (path === undefined) return;
    const { signal, abort } = abortable();
    const asking = keepAsking<T>({
      ask: () => client.ask<T>(path, { signal, onRunning: () => setState((now) => ({ ...now, isRunning: true })) }),
      onAnswer: (data) => setState({ path, data }),
      onError: (error) =>
        setState((now) => (now.path === path ? { ...now, error, isRunning: false } : { path, error })),
      everyMs,
      sleep: sleepWhileUnseen,
      signal,
    });
    again.current = asking.again;
    const unsubscribe = client.subscribe(() => {
      if (client.awaySince() === undefined) asking.again();
    });
    return () => {
      unsubscribe();
      abort();
    };
  }, [path, client, everyMs]);
  useChange(beat, () => again.current());
  const retry = () => again.current();
  if (state.path === path)
    return { data: state.data, isStale: false, error: state.error, isRunning: state.isRunning ?? false, retry };
  const remembered = path === undefined ? undefined : (client.remembered(path) as T | undefined);
  return {
    data: remembered ?? state.data,
    isStale: remembered === undefined,
    error: undefined,
    isRunning: state.isRunning ?? false,
    retry,
  };
}

/** A value that follows another one, but changes at most once per `ms` milliseconds. */
export function useThrottled<T>(value: T, ms: number): T {
  const [shown, show] = useState(value);
  const changedAt = useRef(0);
  useEffect(() => {
    const timer = setTimeout(
      () => {
        changedAt.current = Date.now();
        show(() => value);
      },
      Math.max(0, changedAt.current + ms - Date.now()),
    );
    return () => clearTimeout(timer);
  }, [value, ms]);
  return shown;
}

function useChange(value: unknown, onChange: () => void): void {
  const last = useRef(value);
  useEffect(() => {
    if (last.current !== value) onChange();
    last.current = value;
  }, [value]);
}

function abortable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

async function sleepWhileUnseen(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, signal);
  if (!document.hidden) return;
  await new Promise<void>((resolve) => {
    const seen = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener("visibilitychange", seen);
      resolve();
    };
    document.addEventListener("visibilitychange", seen);
    signal.addEventListener("abort", seen, { once: true });
  });
}
