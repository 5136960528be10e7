/**
 * `npm run test:fuzz`: a million mutated requests to the functions behind the local HTTP API and to the AWS endpoint,
 * then fewer to a running pipeline, over sockets. `-- --requests 50000 --seed 7` runs fewer or others, `-- --only 1234`
 * shows one request of a seed and its answer. Ends with 1 if an answer was wrong or memory grew.
 */
import { memoryOf } from "../../bench/process/child.ts";
import { makeFolder, startDaymark } from "../../bench/process/daymark.ts";
import { readOptions } from "../../tools/options.ts";
import { aims, beyond, searchState } from "./aims.ts";
import { fuzzWire } from "./broken-wire.ts";
import { type FuzzResult, fuzz, requestAt } from "./fuzz.ts";
import { fuzzLines } from "./lines.ts";
import { costOf, growthOf, isTooSlow, MOST_GROWTH, searchSlowest } from "./slowest.ts";
import { startStateTarget } from "./state-target.ts";
import { startTarget } from "./target.ts";

const usage = `Usage: npm run test:fuzz [-- --requests 1000000] [--pipeline 20000] [--seed 1] [--only INDEX] [api | aws]

Sends mutated requests to the functions and the AWS endpoint, then to a started pipeline.
--only shows one request of a seed; api and aws send those for one of the two alone.`;
const defaults = { requests: 1_000_000, pipeline: 20_000, seed: 1, only: Number.NaN };
const ports = ["api", "aws"] as const;
const { requests, pipeline: inPipeline, seed, only, names } = readOptions(usage, defaults, { names: ports });
const port = names.length === 1 ? ports.find((one) => one === names[0]) : undefined;
const failures: string[] = [];
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());

if (Number.isNaN(only)) await runAll();
else await showOne(only);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exit(failures.length > 0 ? 1 : 0);

async function runAll(): Promise<void> {
  console.log(`seed ${seed}: ${requests} requests to the functions in process`);
  await fuzzFunctions();
  console.log(`\n${inPipeline} requests to a started pipeline`);
  await fuzzPipeline();
  const lines = fuzzLines({ seed, count: Math.ceil(requests / 5) });
  fuzzTime(Math.ceil(requests / 1000));
  await fuzzState(Math.ceil(requests / 200));
  console.log(`\n${lines.lines} import lines: ${lines.events} became events, ${lines.reported} were reported`);
}

async function fuzzFunctions(): Promise<void> {
  await using target = await startTarget();
  const settledAt = Math.max(1, Math.floor(requests / 10));
  let settledMB = 0;
  const onProgress = async (done: number) => {
    const { rss, heap, external } = await target.memory();
    if (settledMB === 0) settledMB = rss;
    const held = `of it ${heap.toFixed(1)} MB held in the heap, ${external.toFixed(1)} MB outside`;
    console.log(`  ${String(done).padStart(8)} requests, RSS ${rss.toFixed(0)} MB, ${held}`);
  };
  const { url, awsUrl } = target;
  const { signal } = interrupted;
  report(await fuzz({ url, awsUrl, seed, count: requests, port, signal, everyRequests: settledAt, onProgress }));
  await fuzzConnections(target, Math.ceil(requests / 500));
  const rss = await target.rssMB();
  console.log(`  RSS ${settledMB.toFixed(0)} MB after ${settledAt}, ${rss.toFixed(0)} MB at the end`);
  if (rss > settledMB * 1.1) failures.push(`memory grew by ${((rss / settledMB - 1) * 100).toFixed(0)} %`);
}

async function fuzzPipeline(): Promise<void> {
  await using home = await makeFolder();
  await using daymark = await startDaymark(home.path);
  report(await fuzz({ url: daymark.url, awsUrl: daymark.awsUrl, seed: seed + 1, count: inPipeline }));
  await fuzzConnections(daymark, Math.ceil(inPipeline / 100));
  const memory = await memoryOf(daymark.child.process.pid);
  if (memory) console.log(`  RSS ${memory.now.toFixed(0)} MB, ${memory.peak.toFixed(0)} MB at its peak`);
}

/** No body may cost more than its size justifies; prints those that cost the most per byte. */
function fuzzTime(tries: number): void {
  const slowest = searchSlowest({ seed, tries }).map((idea) => ({ ...idea, growth: growthOf(idea) }));
  console.log(`\nthe slowest of ${tries} bodies, beyond JSON.parse:`);
  for (const { msPerMB: _, growth, ...idea } of slowest) {
    const measured = costOf(idea);
    const { msPerMB, timesPlain } = measured;
    const cost = `${msPerMB.toFixed(1)} ms for 1 MB, ${timesPlain.toFixed(1)} times as long as plain text`;
    console.log(`  ${cost}, ${growth.toFixed(1)} times as long as a quarter: ${JSON.stringify(idea)}`);
    if (isTooSlow(measured)) failures.push(`collect takes ${cost}: ${JSON.stringify(idea)}`);
    if (growth > MOST_GROWTH) failures.push(`collect takes longer than its body is large: ${JSON.stringify(idea)}`);
  }
}

/** Nothing that a request leaves may exceed the bounds; prints what goes furthest. */
async function fuzzState(tries: number): Promise<void> {
  await using target = await startStateTarget();
  const best = await searchState(target, { seed, tries });
  for (const [name, { of, unit }] of Object.entries(aims) as [keyof typeof aims, (typeof aims)["most items"]][]) {
    const [first] = best[name];
    if (first === undefined) continue;
    const whose = first.trusted ? "a trusted key" : "a page's key";
    console.log(`\n${name} of ${tries} requests: ${of(first).toFixed(1)} ${unit}, with ${whose}, largest ${first.key}`);
    console.log(`  ${first.body.slice(0, 300)}`);
  }
  failures.push(...beyond(best));
}

async function fuzzConnections({ url, awsUrl }: { url: string; awsUrl: string }, count: number): Promise<void> {
  const { answers, problems } = await fuzzWire({ api: url, aws: awsUrl }, { seed, count });
  console.log(`  ${count} connections with broken framing to each port:`, answers);
  for (const { port, why, request } of problems) failures.push(`${port} ${why}\n    ${request}`);
}

function report({ requests: done, seconds, answers, slowestMs, problems }: FuzzResult): void {
  console.log(`  ${done} requests in ${seconds.toFixed(0)} s, the slowest answer after ${slowestMs.toFixed(0)} ms`);
  for (const [name, count] of Object.entries(answers)) console.log(`  ${name.padEnd(24)} ${String(count).padStart(8)}`);
  for (const { index, why, request } of problems) failures.push(`request ${index}: ${why}\n    ${request}`);
}

async function showOne(index: number): Promise<void> {
  await using target = await startTarget();
  console.log(requestAt(seed, index));
  report(await fuzz({ url: target.url, awsUrl: target.awsUrl, seed, first: index, count: 1 }));
}
