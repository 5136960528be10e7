/**
 * `npm run test:faults`: the long form. Kills the whole pipeline repeatedly under load, then runs seeded histories with
 * faults of every kind, prints what was injected and the result, and ends with 1 if a single number was wrong. `--kills
 * 200`, `--runs 1000`, `--seed 1` say how much, and where to begin. If interrupted, it prints what it has found so far.
 */
import { readOptions } from "../../tools/options.ts";
import { killRuns } from "./kill-runs.ts";
import { mixedRuns } from "./mixed-runs.ts";

const usage = `Usage: npm run test:faults [-- --kills 200] [--runs 1000] [--seed 1]

Kills the whole pipeline under load, runs histories with faults of every kind, and holds every number against the truth.`;
const { kills, runs, seed } = readOptions(usage, { kills: 200, runs: 1000, seed: 1 });
const tell = (line: string) => console.log(line);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

const killed =
  kills > 0 ? await killRuns({ kills, seed, tell, signal: stop.signal }) : { deviations: [], report: "no kills" };
console.log(`\n${killed.report}\n`);
const mixed =
  runs > 0 && !stop.signal.aborted
    ? await mixedRuns({ first: seed, runs, tell, signal: stop.signal })
    : { deviations: [], report: "no histories" };
console.log(`\n${mixed.report}`);
process.exit(killed.deviations.length + mixed.deviations.length > 0 ? 1 : 0);
