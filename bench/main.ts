/**
 * `npm run bench`: measures what Daymark promises about speed, memory and cost on this machine, and compares it with
 * the targets. `npm run bench -- stream query` runs some of the benchmarks, `--full` their long forms. See
 * docs/performance.md.
 */
import { cpus, loadavg, totalmem } from "node:os";
import { readOptions } from "../tools/options.ts";
import { breakdownCosts } from "./cost/breakdown-costs.ts";
import { costs } from "./cost/costs.ts";
import { liveReads } from "./cost/live-reads.ts";
import { tableWrites } from "./cost/table-writes.ts";
import { distinctError } from "./distinct-error.ts";
import { type Bench, formatRows, isReached, type Row } from "./report.ts";
import { collectCpu } from "./speed/collect-cpu.ts";
import { dashboardPage } from "./speed/dashboard-page.ts";
import { endToEnd } from "./speed/end-to-end.ts";
import { historyQueries } from "./speed/history-queries.ts";
import { importSpeed } from "./speed/import-speed.ts";
import { openDays } from "./speed/open-days.ts";
import { readiness } from "./speed/readiness.ts";
import { snapshotSpeed } from "./speed/snapshot-speed.ts";
import { startUp } from "./speed/start-up.ts";
import { streamSpeed } from "./speed/stream-speed.ts";

const benches: Record<string, Bench> = {
  collect: collectCpu,
  "start-up": startUp,
  stream: streamSpeed,
  writes: tableWrites,
  "live-lists": liveReads,
  breakdowns: breakdownCosts,
  costs,
  distinct: distinctError,
  ready: readiness,
  page: dashboardPage,
  "open-days": openDays,
  query: historyQueries,
  "end-to-end": endToEnd,
  import: importSpeed,
  snapshot: snapshotSpeed,
};

const usage = `Usage: npm run bench [-- --full] [NAME…]

Prints what was measured beside its target; --full runs the long forms. NAME is any of
${Object.keys(benches).join(", ")}.`;
const { full, names } = readOptions(usage, { full: false }, { names: Object.keys(benches) });
const all: Row[] = [];
describeMachine();
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) continue;
  console.log(`\n${name}: ${bench.title}`);
  const rows = await bench.run({ full });
  console.log(formatRows(rows));
  all.push(...rows);
}
const missed = all.filter((row) => isReached(row) === false);
console.log(`\n${all.filter((row) => isReached(row)).length} reached, ${missed.length} missed`);
for (const { what } of missed) console.log(`  missed: ${what}`);

function describeMachine(): void {
  const [first] = cpus();
  const busy = loadavg()[0] ?? 0;
  console.log(`${cpus().length} × ${first?.model}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`);
  if (busy > 0.5)
    console.log(`Other programs are using this machine (load ${busy.toFixed(1)}): the figures will be worse`);
}
