/** Live visitors: each arrives, looks, clicks and leaves at a natural pace, and a campaign sends many at once. */
import { setTimeout as wait } from "node:timers/promises";
import { createRandom, type Random, timedUuid } from "../random.ts";
import { type Api, post } from "./api.ts";
import { campaign, meetPerson, type Person, pickArrival } from "./people.ts";
import { visit } from "./visits.ts";

export type Live = {
  /** For how long new visitors arrive, in seconds. */
  seconds: number;
  signal: AbortSignal;
  onSecond: (state: { second: number; visitors: number; events: number; isRush: boolean }) => void;
};

const rush = { from: 15, to: 45, perSecond: 12 };
const usualPerSecond = 1.2;
const visitorsAtMost = 400;
// Half a minute rather than minutes: a demonstration has to move.
const tempo = 0.35;
const beaconEveryMs = 5_000;

/** Sends live visits until the time is over or `signal` aborts, and the current ones have ended. */
export async function sendLive(api: Api, { seconds, signal, onSecond }: Live): Promise<number> {
  const random = createRandom(Date.now());
  const regulars: Person[] = [];
  const underway = new Set<Promise<void>>();
  let events = 0;
  let failure: unknown;

  for (let second = 0; second < seconds && !signal.aborted && failure === undefined; second++) {
    const isRush = second >= rush.from && second < rush.to;
    const arrivals = poisson(random, isRush ? rush.perSecond : usualPerSecond);
    for (let n = 0; n < arrivals && underway.size < visitorsAtMost; n++) {
      const person = meetPerson(random, regulars, Date.now());
      const arrival = isRush && random() < 0.85 ? campaign : pickArrival(random);
      const visiting = act(api, random, person, visit(random, person, arrival, Date.now(), tempo), signal, (sent) => {
        events += sent;
      }).catch((error: unknown) => {
        failure ??= error;
      });
      underway.add(visiting);
      void visiting.finally(() => underway.delete(visiting));
    }
    onSecond({ second, visitors: underway.size, events, isRush });
    await wait(1000, undefined, { signal }).catch(() => {});
  }
  await Promise.all(underway);
  if (failure !== undefined) throw failure;
  return events;
}

/** Plays a visit in real time and sends as the beacon does: every five seconds, and when a page is left. */
async function act(
  api: Api,
  random: Random,
  person: Person,
  plan: ReturnType<typeof visit>,
  signal: AbortSignal,
  onSent: (events: number) => void,
): Promise<void> {
  for (let at = 0; at < plan.length && !signal.aborted; ) {
    const first = plan[at];
    if (first === undefined) return;
    await wait(Math.max(0, first.occurred_at - Date.now()), undefined, { signal }).catch(() => {});
    let end = at + 1;
    while (end < plan.length && plan[end - 1]?.name !== "page_leave" && isSoon(plan[end]?.occurred_at, first)) end++;
    const events = plan.slice(at, end);
    await wait(Math.max(0, (events.at(-1)?.occurred_at ?? 0) - Date.now()), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    await post(api, {
      key: process.env.DAYMARK_WRITE_KEY || "wk_local",
      batchId: timedUuid(random, Date.now()),
      person,
      events,
    });
    onSent(events.length);
    at = end;
  }
}

function isSoon(occurredAt: number | undefined, first: { occurred_at: number }): boolean {
  return occurredAt !== undefined && occurredAt - first.occurred_at < beaconEveryMs;
}

/** How many arrive in a second in which `mean` are expected. */
function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}
