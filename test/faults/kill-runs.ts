/**
 * Kills the whole pipeline under load, each time at another named step, restarts it on what is left, and finally checks
 * that every event is there exactly once. Batches run between the kills, so that days are sealed and opened again.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { addDays, dayOf, daysBetween } from "../../src/metrics/time-bucket.ts";
import { createRandom, type Random } from "../../tools/random.ts";
import { createFaultCounts } from "./fault-counts.ts";
import { checkAnswers, checkBlocks, checkLake, forgetWatermark, outlastReservation, readLedger } from "./kill-check.ts";
import { createKillLoad, type KillLoad } from "./kill-load.ts";
import { type KillStep, killSteps } from "./kill-steps.ts";
import { type PipelineProcess, startPipelineProcess } from "./pipeline-process.ts";

type Options = {
  kills: number;
  seed: number;
  steps?: readonly KillStep[];
  tell?: (line: string) => void;
  signal?: AbortSignal;
};
export type KillRuns = { deviations: string[]; report: string; missed: string[] };

const TIMEZONE = "Asia/Seoul";
/** How long to wait for a step. The lake's buffer is 5 s, and a batch waits for the lake. */
const PATIENCE_MS = 25_000;
/** A busy machine may not reach a step in time. */
const MOST_TRIES = 2;
const CHECK_EVERY = 25;
/**
 * Then late events pause; otherwise their days would never be complete, and the steps for complete days could not be
 * killed.
 */
const LATE_FOR_MS = 2_000;

/** Kills `kills` times, at each step in turn. */
export async function killRuns({
  kills,
  seed,
  steps = killSteps,
  tell = () => {},
  signal,
}: Options): Promise<KillRuns> {
  const home = await mkdtemp(join(tmpdir(), "daymark-kills-"));
  const random = createRandom(seed);
  const load = createKillLoad(seed);
  const hits = createFaultCounts();
  const missed: string[] = [];
  const deviations: string[] = [];
  let pipeline: PipelineProcess | undefined;
  let done = 0;
  try {
    for (; done < kills && !signal?.aborted; done++) {
      const kill = done;
      const step = steps[kill % steps.length] as KillStep;
      let isHit = false;
      for (let tries = 0; !isHit && tries < MOST_TRIES; tries++) {
        pipeline = await startPipelineProcess(home);
        isHit = await killAt(step, pipeline, load, random);
      }
      if (isHit) hits.add(step.name);
      else missed.push(step.name);
      if ((kill + 1) % CHECK_EVERY === 0) {
        pipeline = await startPipelineProcess(home);
        await load.finish(pipeline.url);
        deviations.push(...(await checkNow(pipeline, load)).map((text) => `After ${kill + 1} kills: ${text}`));
        pipeline.kill("SIGKILL");
        await pipeline.ended;
        tell(`${kill + 1} of ${kills} kills, ${load.acknowledged().length} events, ${deviations.length} deviations`);
      }
    }
    deviations.push(...(await settle(home, load)));
  } finally {
    pipeline?.kill("SIGKILL");
    await pipeline?.ended;
  }
  if (deviations.length === 0) await rm(home, { recursive: true, force: true });
  const { acknowledged, sentAgain } = load.counts;
  const lines = [
    `${done} kills under load (seed ${seed}): ${load.acknowledged().length} events in ${acknowledged} acknowledged requests, ${sentAgain} requests sent again: ${deviations.length} deviations`,
    ...deviations.map((text) => `  ${text}`),
    hits.table(),
    ...(missed.length > 0 ? [`  not reached in time: ${missed.join(", ")}`] : []),
    ...(deviations.length > 0 ? [`  what is left is in ${home}`] : []),
  ];
  return { deviations, report: lines.join("\n"), missed };
}

/** Lets the load run until the process is dead; false if the step was not reached and it was killed anyway. */
async function killAt(step: KillStep, pipeline: PipelineProcess, load: KillLoad, random: Random): Promise<boolean> {
  const today = dayOf(Date.now(), TIMEZONE);
  const isOver = () => !pipeline.isAlive();
  if (step.rule !== undefined) {
    const skip = Math.floor(random() * (step.passes ?? 1));
    await pipeline.setFaults([{ action: "exit", skip, ...step.rule(today) }]);
  }
  if (step.inBatch) {
    const held = await readLedger(pipeline.awsUrl, daysBetween(rangeOf(load).from, today));
    for (const { day, moving } of held.values()) if (moving) await outlastReservation(pipeline.awsUrl, day);
  }
  if (step.forgetsWatermark) await forgetWatermark(pipeline.awsUrl);
  let answersLeft = step.name === "after the answer" ? Math.floor(random() * 60) : Number.POSITIVE_INFINITY;
  const startedAt = performance.now();
  const running = load.run(pipeline.url, isOver, {
    onAnswer: () => {
      if (answersLeft-- <= 0) pipeline.kill("SIGKILL");
    },
    takesLate: () => !step.ofOneDay && (!step.inBatch || performance.now() - startedAt < LATE_FOR_MS),
  });
  if (step.name === "at a random moment") void wait(random() * 4000).then(() => pipeline.kill("SIGKILL"));
  const batches = step.inBatch === true || random() < 0.3 ? runBatches(pipeline) : undefined;
  const late = new AbortController();
  const tooLate = wait(PATIENCE_MS, "too late", { signal: late.signal }).catch(() => "");
  const end = await Promise.race([pipeline.ended, tooLate]);
  late.abort();
  pipeline.kill("SIGKILL");
  await pipeline.ended;
  await Promise.all([running, batches]);
  return end === "SIGKILL";
}

async function runBatches(pipeline: PipelineProcess): Promise<void> {
  while (pipeline.isAlive()) {
    await pipeline.runBatch().catch(() => {});
    await wait(700);
  }
}

/** Everything acknowledged is counted once as soon as the stream has seen it: within seconds, not only at the end. */
async function checkNow(pipeline: PipelineProcess, load: KillLoad): Promise<string[]> {
  let deviations: string[] = [];
  for (let tries = 0; tries < 40; tries++) {
    deviations = await checkAnswers(pipeline.url, rangeOf(load), load.acknowledged());
    if (deviations.length === 0) return [];
    await wait(500);
  }
  return deviations;
}

/**
 * Brings everything into the lake, has every finished day sealed, and then checks the numbers, the counters and the
 * lake.
 */
async function settle(home: string, load: KillLoad): Promise<string[]> {
  const first = await startPipelineProcess(home);
  await load.finish(first.url).finally(() => first.kill("SIGTERM"));
  if ((await first.ended) !== "0") return ["the pipeline does not stop in good order"];
  const pipeline = await startPipelineProcess(home);
  try {
    for (let run = 0; run < 3; run++) await pipeline.runBatch();
    const days = daysBetween(rangeOf(load).from, rangeOf(load).to);
    const open = await openDays(pipeline);
    return [
      ...(open.length > 0 ? [`days that stay open: ${open.join(", ")}`] : []),
      ...(await checkNow(pipeline, load)),
      ...(await checkBlocks(pipeline.awsUrl, days, load.acknowledged().length)),
      ...(await checkLake(home, load.acknowledged())),
    ];
  } finally {
    pipeline.kill("SIGTERM");
    await pipeline.ended;
  }
}

/**
 * Finished days that are not sealed, except those that a killed run still reserves: the next run takes them after 20
 * minutes.
 */
async function openDays({ url, awsUrl }: PipelineProcess): Promise<string[]> {
  const answer = await fetch(`${url}/v1/status`, { headers: { authorization: "Bearer rt_local" } });
  const { open_days: open } = (await answer.json()) as { open_days: string[] };
  const known = await readLedger(awsUrl, open);
  return open.filter((day) => day < dayOf(Date.now(), TIMEZONE) && known.get(day)?.moving === undefined);
}

function rangeOf({ lateDays }: KillLoad) {
  const today = dayOf(Date.now(), TIMEZONE);
  return { from: addDays(today, -Math.max(...lateDays) - 1), to: today };
}
