/**
 * `npm run bench`: what Daymark's promises about speed, memory and cost come to on this machine, beside their targets.
 * `npm run bench -- stream query` runs some of them, `--full` the long forms. See docs/performance.md.
 */
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { collectCpu } from "./collect-cpu.ts";
import { costs } from "./costs.ts";
import { counterWrites } from "./counter-writes.ts";
import { dashboardPage } from "./dashboard-page.ts";
import { distinctError } from "./distinct-error.ts";
import { endToEnd } from "./end-to-end.ts";
import { historyQueries } from "./history-queries.ts";
import { importSpeed } from "./import-speed.ts";
import { readiness } from "./readiness.ts";
import { type Bench, formatRows, isReached, type Row } from "./report.ts";
import { startUp } from "./start-up.ts";
import { streamSpeed } from "./stream-speed.ts";

const benches: Record<string, Bench> = {
  collect: collectCpu,
  "start-up": startUp,
  stream: streamSpeed,
  writes: counterWrites,
  costs,
  distinct: distinctError,
  ready: readiness,
  page: dashboardPage,
  query: historyQueries,
  "end-to-end": endToEnd,
  import: importSpeed,
};

const { values, positionals } = parseArgs({ allowPositionals: true, options: { full: { type: "boolean" } } });
const unknown = positionals.filter((name) => !Object.hasOwn(benches, name));
if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(", ")}: there are ${Object.keys(benches).join(", ")}`);
  process.exit(2);
}
const all: Row[] = [];
describeMachine();
for (const name of positionals.length > 0 ? positionals : Object.keys(benches)) {
  const bench = benches[name];
  if (bench === undefined) continue;
  console.log(`\n${name}: ${bench.title}`);
  const rows = await bench.run({ full: values.full ?? false });
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
