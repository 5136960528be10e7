/**
 * Once everything is counted, runs the batch until the days before today are sealed; a day sealed earlier would have to
 * be sealed again. The schedule would do it within the hour.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type Api, readStatus, readTotal, runBatch } from "./api.ts";

/** What was sent, and for which days: events, and lines of the access log. */
export type History = { first: string; today: string; events: number; lines: number };

type Options = { signal: AbortSignal; patienceMs?: number; pauseMs?: number };

/** Returns whether the days are sealed; not if the signal aborts first. Throws if they do not come to be. */
export async function seal(api: Api, history: History, options: Options): Promise<boolean> {
  const { signal, patienceMs = 300_000, pauseMs = 2000 } = options;
  const patience = performance.now() + patienceMs;
  let failure = "not everything that was sent is counted";
  while (performance.now() < patience && !signal.aborted) {
    await wait(pauseMs, undefined, { signal }).catch(() => {});
    if (!(await isCounted(api, history))) continue;
    await runBatch(api);
    const { open_days } = await readStatus(api);
    if (open_days.every((day) => day >= history.today)) return true;
    failure = `the batch at ${api.awsUrl} does not seal them; set AWS_PORT or --aws-url to the AWS port of the same Daymark`;
  }
  if (signal.aborted) return false;
  throw new Error(`Cannot seal the days before today at ${api.url}: ${failure}`);
}

async function isCounted(api: Api, { first, today, events, lines }: History): Promise<boolean> {
  const totalOf = (metric: string) => readTotal(api, metric, first, today);
  return (await totalOf("events")) >= events && (await totalOf("requests")) >= lines;
}
