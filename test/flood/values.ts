/**
 * `node scripts/run.mjs test/flood/values.ts [SECONDS]`: somebody sends nothing but new values in five fields, from
 * many addresses, as fast as they are accepted; somebody else sends one click at a time and checks when it is counted.
 * Prints the results of both, and ends with 1 if a number is not exact or an honest event took longer than 5 s.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startPipelineProcess } from "../faults/pipeline-process.ts";

type Answer = {
  total: number;
  other?: number;
  groups?: { value: number }[];
  bounded_days?: unknown[];
};

const seconds = Number(process.argv[2] ?? 60);
const MOST_MS = 5000;
const home = await mkdtemp(join(tmpdir(), "daymark-values-"));
const pipeline = await startPipelineProcess(home);
let [accepted, sent] = [0, 0];

async function ask(path: string): Promise<Answer> {
  const answer = await fetch(`${pipeline.url}/v1/${path}`, { headers: { authorization: "Bearer rt_local" } });
  return (await answer.json()) as Answer;
}

async function post(events: readonly object[], address: string): Promise<void> {
  const headers = {
    "x-write-key": "wk_local",
    "user-agent": "Mozilla/5.0 Firefox/140.0",
    "cloudfront-viewer-address": `${address}:1234`,
  };
  const body = JSON.stringify({ events });
  const answer = await fetch(`${pipeline.url}/v1/events`, { method: "POST", headers, body });
  if (answer.status === 202) accepted += events.length;
}

function newValues() {
  return Array.from({ length: 500 }, () => {
    const value = `v${sent++}-${Math.random()}`;
    const url = `https://h${value}.example/${value}?utm_campaign=c${value}&utm_source=s${value}`;
    return { name: "click", target: value, url, referrer: `https://r${value}.example/` };
  });
}

/** How long it took until each honest event was counted, in ms. */
async function honestClicks(isOver: () => boolean): Promise<number[]> {
  const took: number[] = [];
  for (let click = 1; !isOver(); click++) {
    const target = `honest-${click}`;
    const start = performance.now();
    await post([{ name: "click", target }], "203.0.113.9");
    while ((await ask(`metrics/clicks?target=${target}`)).total < 1 && performance.now() - start < 60_000)
      await wait(100);
    took.push(performance.now() - start);
  }
  return took.sort((a, b) => a - b);
}

try {
  const end = performance.now() + seconds * 1000;
  const isOver = () => performance.now() > end;
  const honest = honestClicks(isOver);
  for (let request = 0; !isOver(); request++) {
    await post(newValues(), `198.51.${(request >> 4) % 256}.${request % 16}`);
    await wait(100);
  }
  const took = await honest;
  for (let tries = 0; tries < 100 && (await ask("metrics/clicks")).total < accepted; tries++) await wait(200);
  const { total, groups = [], other = 0, bounded_days } = await ask("metrics/clicks?by=target&limit=1000");
  const added = groups.reduce((sum, { value }) => sum + value, other);
  const [median = 0, last = 0] = [took[took.length >> 1], took.at(-1)].map((ms) => Math.round(ms ?? 0));
  console.log({ accepted, total, groupsAndOther: added, honest: took.length, median, last, bounded_days });
  if (total !== accepted || added !== total || last > MOST_MS) process.exitCode = 1;
} finally {
  pipeline.kill("SIGTERM");
  await pipeline.ended;
  await rm(home, { recursive: true, force: true });
}
