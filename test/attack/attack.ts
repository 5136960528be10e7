/**
 * Hostile clients against a running pipeline, next to an honest server that sends payments: each payment must be
 * counted within seconds of its 202, once, and the status must name the attack.
 */
import { setTimeout as wait } from "node:timers/promises";
import * as z from "zod/mini";
import { memoryOf } from "../../bench/process/child.ts";
import { ask, makeFolder, startDaymark } from "../../bench/process/daymark.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import { attackers, honestId } from "./attackers.ts";

export type AttackResult = {
  /** Answers by attacker and status; 0 is a connection that was cut. */
  answers: Record<string, Record<number, number>>;
  sent: number;
  /** Answers to the honest server other than 202; each request was sent again until it was accepted. */
  honestRefusals: Record<number, number>;
  counted: number;
  /** Time from the 202 until the payment was counted, in ms: the maximum and the median. */
  delayMs: { most: number; median: number };
  /** The refused requests in the status, by reason. */
  refused: Record<string, number>;
  peakMB: number | undefined;
};

/** In less than a minute, a slow machine does not accept as much as a minute's budget. */
const BUDGET_SECONDS = 60;
const everyMs = 250;
const settleMs = 15_000;
/** The time until the last refusals are reported, and counted. */
const tellMs = 12_000;
const statusSchema = z.object({
  refused: z.object({ today: z.array(z.object({ reason: z.string(), requests: z.number() })) }),
});
/** The status's name for each of these answers. */
const reasonOf = new Map([
  ["401", "key"],
  ["403", "origin"],
  ["408", "slow"],
  ["413", "size"],
  ["429", "rate"],
]);

export async function attack(seconds: number): Promise<AttackResult> {
  await using home = await makeFolder();
  // With the budgets of `npm start`.
  await using daymark = await startDaymark(home.path, {});
  const { url } = daymark;
  const stop = new AbortController();
  const answers: AttackResult["answers"] = {};
  const attacks = Object.entries(attackers).map(async ([name, run]) => {
    const own: Record<number, number> = {};
    answers[name] = own;
    await run({ url, signal: stop.signal, answered: (status) => count(own, status) });
  });
  const honest = { takenAt: [] as number[], delays: [] as number[], refusals: {} as Record<number, number> };
  const watching = watch(url, honest, stop.signal);
  const endsAt = performance.now() + seconds * 1000;
  while (performance.now() < endsAt) {
    await pay(url, honest);
    await wait(everyMs);
  }
  const until = performance.now() + settleMs;
  while (honest.delays.length < honest.takenAt.length && performance.now() < until) await wait(everyMs);
  const counted = await payments(url);
  const memory = await memoryOf(daymark.child.process.pid);
  stop.abort();
  await Promise.all([...attacks, watching]);
  const refused = await refusedOf(url);
  const sorted = honest.delays.toSorted((a, b) => a - b);
  return {
    answers,
    sent: honest.takenAt.length,
    honestRefusals: honest.refusals,
    counted,
    delayMs: { most: sorted.at(-1) ?? 0, median: sorted[sorted.length >> 1] ?? 0 },
    refused,
    peakMB: memory?.peak,
  };
}

/** Collect reports its refusals with the next event, so this sends a last one. */
async function refusedOf(url: string): Promise<Record<string, number>> {
  await wait(tellMs / 2);
  await pay(url, { takenAt: [], delays: [], refusals: {} });
  await wait(tellMs / 2);
  const status = await fetch(`${url}/v1/status`, { headers: { authorization: "Bearer rt_local" } });
  const sums: Record<string, number> = {};
  for (const { reason, requests } of statusSchema.parse(await status.json()).refused.today)
    sums[reason] = (sums[reason] ?? 0) + requests;
  return sums;
}

type Honest = { takenAt: number[]; delays: number[]; refusals: Record<number, number> };

/** Sends one payment until it is accepted. */
async function pay(url: string, { takenAt, refusals }: Honest): Promise<void> {
  const event_id = honestId(takenAt.length);
  const body = JSON.stringify({ name: "payment", amount: 1, currency: "EUR", event_id });
  for (;;) {
    const answer = await fetch(`${url}/v1/events`, { method: "POST", body, headers: { "x-write-key": "tk_local" } });
    await answer.arrayBuffer();
    if (answer.status === 202) break;
    count(refusals, answer.status);
    await wait(everyMs);
  }
  takenAt.push(performance.now());
}

/** Records for each payment when the total first included it. */
async function watch(url: string, { takenAt, delays }: Honest, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const total = await payments(url).catch(() => 0);
    while (delays.length < Math.min(total, takenAt.length))
      delays.push(performance.now() - (takenAt[delays.length] ?? 0));
    await wait(100);
  }
}

async function payments(url: string): Promise<number> {
  const today = new Date().toISOString().slice(0, 10);
  const { total } = await ask(
    url,
    `/v1/metrics/payments?from=${addDays(today, -1)}&to=${addDays(today, 1)}&app=server`,
  );
  return Number(total);
}

function count(counts: Record<number, number>, status: number): void {
  counts[status] = (counts[status] ?? 0) + 1;
}

/** The promises that were broken. */
export function failuresOf(
  { sent, counted, delayMs, refused, answers, honestRefusals }: AttackResult,
  seconds: number,
): string[] {
  const unnamed = Object.entries(answers).flatMap(([name, own]) =>
    Object.keys(own).flatMap((status) => {
      const reason = reasonOf.get(status);
      return reason === undefined || reason in refused
        ? []
        : [`the status does not name "${name}": no ${reason} in it`];
    }),
  );
  const told = [...reasonOf].flatMap(([status, reason]) => {
    const answered = Object.values(answers).reduce((sum, own) => sum + (own[Number(status)] ?? 0), 0);
    const named = refused[reason] ?? 0;
    return named < answered
      ? [`the status tells of ${named} requests refused for "${reason}", clients of ${answered}`]
      : [];
  });
  const strange = Object.entries(answers).flatMap(([name, own]) =>
    Object.keys(own).flatMap((status) => (/^(0|202|4\d\d|503)$/.test(status) ? [] : `${name} was answered ${status}`)),
  );
  const refusals = Object.keys(honestRefusals).filter((status) => status !== "503");
  return [
    ...(sent === 0 ? ["no honest event was taken"] : []),
    ...(counted === sent ? [] : [`${counted} of ${sent} honest events are counted`]),
    ...(delayMs.most <= 5_000 ? [] : [`an honest event was counted after ${(delayMs.most / 1000).toFixed(1)} s`]),
    ...("rate" in refused || seconds < BUDGET_SECONDS ? [] : ["the status does not say that a budget was used up"]),
    ...unnamed,
    ...told,
    ...refusals.map((status) => `an honest request was answered ${status}`),
    ...strange,
  ];
}
