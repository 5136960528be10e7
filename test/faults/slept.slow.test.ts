/**
 * A machine that is killed with events on their way to the lake, and restarted days later, when the batch runs
 * immediately.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { packageStage } from "../../local/package-stage.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { type PipelineProcess, startPipelineProcess } from "./pipeline-process.ts";

const DAY_MS = 86_400_000;
const EVENTS = 200;

beforeAll(() => packageStage("local", { root: resolve(import.meta.dirname, "../.."), env: {} }), 120_000);

type Answer = { total: number; history: number; today: string; short_days: object[] };

async function ask(url: string, path: string): Promise<Answer> {
  const answer = await fetch(`${url}/v1/${path}`, { headers: { authorization: "Bearer rt_local" } });
  return (await answer.json()) as Answer;
}

/** Total and history of the clicks around a day. */
async function clicksOf({ url }: PipelineProcess, day: string): Promise<[total: number, history: number]> {
  const { total, history } = await ask(url, `metrics/clicks?from=${addDays(day, -1)}&to=${addDays(day, 1)}`);
  return [total, history];
}

async function send({ url }: PipelineProcess): Promise<void> {
  const events = Array.from({ length: EVENTS }, () => ({ name: "click", target: "posting-1" }));
  const headers = { "x-write-key": "wk_local", "user-agent": "Mozilla/5.0 Firefox/140.0" };
  const answer = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify({ events }) });
  expect(answer.status).toBe(202);
}

test("no number falls when the machine is killed and started days later, the batch at once", async () => {
  const home = await mkdtemp(join(tmpdir(), "daymark-slept-"));
  let pipeline = await startPipelineProcess(home);
  try {
    const { today } = await ask(pipeline.url, "status");
    await send(pipeline);
    while ((await clicksOf(pipeline, today))[0] < EVENTS) await wait(50);
    pipeline.kill("SIGKILL");
    await pipeline.ended;

    pipeline = await startPipelineProcess(home, 3 * DAY_MS);
    await pipeline.runBatch();
    expect((await clicksOf(pipeline, today))[0]).toBe(EVENTS);
    for (let history = 0; history < EVENTS; ) {
      await pipeline.runBatch();
      const [total, sealed] = await clicksOf(pipeline, today);
      expect(total).toBe(EVENTS);
      history = sealed;
    }
    expect((await ask(pipeline.url, "status")).short_days).toEqual([]);
  } finally {
    pipeline.kill("SIGKILL");
    await pipeline.ended;
    await rm(home, { recursive: true, force: true });
  }
}, 120_000);
