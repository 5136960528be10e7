/**
 * `npm run test:flood`: ten times the sustainable rate for two minutes; `-- --seconds 10` for less. Ends with 1 if a
 * promise is broken.
 */
import { readOptions } from "../../tools/options.ts";
import { failuresOf, flood } from "./flood.ts";

const usage = `Usage: npm run test:flood [-- --seconds 120] [--times 10]

Measures what a started pipeline sustains and floods it with so many times as much.`;
const { seconds, times } = readOptions(usage, { seconds: 120, times: 10 });
const result = await flood({
  seconds,
  measureSeconds: Math.min(20, Math.max(5, seconds / 4)),
  times,
  say: (line) => console.log(line),
});
const { rush, lake, peakMB, counters } = result;
console.log({ ...rush, acknowledged: rush.acknowledged.length });
console.log(
  `acknowledged ${rush.acknowledged.length} requests in the flood; in the lake besides, unanswered: ${lake.unacknowledged}`,
);
console.log(`requests that are not there exactly once: ${lake.wrong.length}; counters`, counters);
console.log(`memory at its peak: ${peakMB?.toFixed(0)} MB`);
const failures = failuresOf(result);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);
