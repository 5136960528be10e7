/** Many seeded histories one after the other; the first one with a deviation is shortened and reported. */
import { createFaultCounts } from "./fault-counts.ts";
import { createHistory } from "./history.ts";
import { runHistory } from "./run-history.ts";
import { describeHistory, shrink } from "./shrink.ts";
import { startEngines } from "./stage.ts";

type Options = { first: number; runs: number; tell?: (line: string) => void; signal?: AbortSignal };
export type MixedRuns = { runs: number; deviations: string[]; report: string };

/** Runs the histories of `runs` seeds starting at `first`, and returns what happened. */
export async function mixedRuns({ first, runs, tell = () => {}, signal }: Options): Promise<MixedRuns> {
  await using engines = await startEngines();
  const counts = createFaultCounts();
  const deviations: string[] = [];
  const started = process.cpuUsage();
  let [questions, events, done] = [0, 0, 0];
  for (let seed = first; seed < first + runs && !signal?.aborted; seed++) {
    const history = createHistory(seed);
    const outcome = await runHistory(engines, history);
    counts.addAll(outcome.counts.entries());
    questions += outcome.questions;
    events += outcome.events;
    if (outcome.deviation !== undefined) {
      tell(`Seed ${seed}: ${outcome.deviation}`);
      const shortest = await shrink(engines, history, outcome.deviation);
      deviations.push(describeHistory(shortest));
      tell(deviations.at(-1) ?? "");
    }
    if (++done % 50 === 0) tell(`${done} of ${runs} histories, ${deviations.length} deviations`);
  }
  const { user, system } = process.cpuUsage(started);
  const cpu = ((user + system) / 1e6 / done).toFixed(2);
  const summary = `${done} histories (seeds ${first} to ${first + done - 1}), ${events} events, ${questions} questions answered, ${cpu} s CPU each: ${deviations.length} deviations`;
  return { runs: done, deviations, report: `${summary}\n${counts.table()}` };
}
