/** Shortens a history that deviates to one that still does: leaves out actions, and removes the faults of others. */
import type { Action, History } from "./history.ts";
import { runHistory } from "./run-history.ts";
import type { Engines } from "./stage.ts";

export type Failing = { history: History; deviation: string };

const MOST_TRIES = 150;

/** Greedy: chunks of actions first, then single ones, then their faults. */
export async function shrink(engines: Engines, history: History, deviation: string): Promise<Failing> {
  let failing: Failing = { history, deviation };
  let tries = 0;
  const attempt = async (actions: Action[]): Promise<boolean> => {
    if (tries++ >= MOST_TRIES) return false;
    const smaller = { ...failing.history, actions };
    const found = await runHistory(engines, smaller).then(
      (outcome) => outcome.deviation,
      () => undefined,
    );
    if (found === undefined || kindOf(found) !== kindOf(deviation)) return false;
    failing = { history: smaller, deviation: found };
    return true;
  };
  for (let size = Math.ceil(history.actions.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = failing.history.actions.length - size; at >= 0; at -= size)
      await attempt(failing.history.actions.toSpliced(at, size));
  }
  for (const [index, action] of failing.history.actions.entries())
    await attempt(failing.history.actions.with(index, { ...action, calm: true }));
  return failing;
}

/** The kind of a deviation: a total, a series, a group, the counters or the lake. */
function kindOf(deviation: string): string {
  return deviation.split(" ", 1)[0]?.replace(/^[\d-]+$/, "day") ?? "";
}

/** A failing history for people: the seed, what deviates, and what happened when. */
export function describeHistory({ history, deviation }: Failing): string {
  const { seed, scene, timezone, day, midnight, requests, actions } = history;
  const lines = actions.map((action) => {
    const faults = action.calm ? "" : `, faults from ${action.seed}`;
    const what =
      action.kind === "send" ? `send request ${action.request}${action.stale ? " as it was" : ""}` : action.kind;
    return `  ${((action.at - midnight) / 60_000).toFixed(2).padStart(9)} min  ${what}${faults}`;
  });
  const used = new Set(actions.flatMap((action) => (action.kind === "send" ? [action.request] : [])));
  const sent = [...used].map((index) => `  request ${index}: ${JSON.stringify(requests[index])}`);
  return [`Seed ${seed}, ${scene}, before ${day} in ${timezone}: ${deviation}`, ...lines, ...sent].join("\n");
}
