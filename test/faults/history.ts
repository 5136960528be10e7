/**
 * A history from a seed: which requests are sent when, by clients with which clocks, and when each part of the pipeline
 * gets a turn, around midnight. A history is data, so that a failing one can be shortened. Each action has its own seed
 * for its faults, so that leaving one out does not change the others.
 */

import { DAY_MS, startOfDay } from "../../src/metrics/time-bucket.ts";
import { createRandom, pick, type Random } from "../../tools/random.ts";
import { type ClientRequest, changed, createRequest, isSameWhen, withIdsOf } from "./client-requests.ts";

/** `copies` of a request are sent at the same time, each with its own time of sending and user agent. */
export type Action = { at: number; seed: number; calm?: boolean } & (
  | { kind: "send"; request: number; stale: boolean; copies: number }
  | { kind: "transform" | "deliver" | "batch" | "ask" }
);
/** A machine that sleeps: nothing happens for `ms`, and then its batch runs first. */
export type Sleep = { from: number; ms: number };
export type History = {
  seed: number;
  scene: string;
  timezone: string;
  /** The midnight around which it happens (epoch ms), and the day that begins then. */
  midnight: number;
  day: string;
  sleep: Sleep | undefined;
  /** How many values of a breakdown are stored separately; undefined if nobody sends nearly as many as the default. */
  valuesKept: number | undefined;
  /** How many blocks are folded into one, and how many batches fit on a page of the ledger. */
  fan: number;
  batchesAPage: number;
  requests: ClientRequest[];
  actions: Action[];
};

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Name, time zone, and the day that begins. */
type Scene = readonly [name: string, timezone: string, day: string];
const scenes: readonly [Scene, ...Scene[]] = [
  ["an ordinary midnight", "Asia/Seoul", "2027-03-10"],
  ["the end of a month", "Asia/Seoul", "2027-05-01"],
  ["the end of a year", "Asia/Seoul", "2027-01-01"],
  ["the end of a year", "Pacific/Kiritimati", "2028-01-01"],
  ["the start of a leap day", "UTC", "2028-02-29"],
  ["the end of a leap day", "Asia/Kolkata", "2028-03-01"],
  ["the day after a clock was put forward", "Europe/Berlin", "2027-03-29"],
  ["the day on which a clock is put back", "Europe/Berlin", "2027-10-31"],
  ["the day after a clock was put back", "America/New_York", "2027-11-08"],
  ["a midnight that a clock change skips", "America/Santiago", "2027-09-05"],
  ["a midnight that comes twice", "America/Santiago", "2027-04-04"],
];

/** The history of a seed. */
export function createHistory(seed: number): History {
  const random = createRandom(seed * 7919 + 17);
  const [scene, timezone, day] = pick<Scene>(random, scenes);
  const midnight = startOfDay(day, timezone);
  const history: History = {
    ...{ seed, scene, timezone, midnight, day },
    sleep: random() < 0.3 ? createSleep(random, midnight) : undefined,
    valuesKept: random() < 0.3 ? 3 + Math.floor(random() * 5) : undefined,
    fan: pick(random, [2, 3, 12]),
    batchesAPage: pick(random, [4, 1000]),
    ...{ requests: [], actions: [] },
  };
  const clock = createSleepingClock(history, random);
  for (const at of times(random, 9, midnight - 50 * MINUTE, midnight + 14 * MINUTE)) turn(history, clock(at), random);
  for (const at of times(random, 5, midnight + 15 * MINUTE, midnight + 70 * MINUTE))
    turn(history, clock(at), random, { batches: 0.25 });
  for (const at of times(random, 4, midnight + 2 * HOUR, midnight + 23 * HOUR))
    turn(history, clock(at), random, { batches: 0.25 });
  // Six days after its first seal a day is answered from its rollup alone, and its late events appear with the batch.
  const last = midnight + 5.5 * DAY_MS - (history.sleep?.ms ?? 0);
  for (const at of times(random, 3, midnight + 1.5 * DAY_MS, last))
    turn(history, clock(at), random, { batches: 0.25, again: 0.8, jumps: 0 });
  return history;
}

/** Hours or days, usually over midnight. */
function createSleep(random: Random, midnight: number): Sleep {
  const ms = random() < 0.5 ? HOUR + random() * 12 * HOUR : random() * 2.5 * DAY_MS;
  return { from: Math.floor(midnight + (random() - 0.7) * HOUR), ms: Math.ceil(ms) };
}

/** Maps a time without the sleep to what the machine's clock then shows. The batch runs immediately after waking up. */
function createSleepingClock({ sleep, actions }: History, random: Random): (at: number) => number {
  let slept = 0;
  return (at) => {
    if (sleep !== undefined && slept === 0 && at > sleep.from) {
      slept = sleep.ms;
      actions.push({ at: sleep.from + slept, seed: Math.floor(random() * 2 ** 31), kind: "batch" });
    }
    return at + slept;
  };
}

/** Sorted times in a range, half of them within minutes of its end; occasionally the clock jumps back. */
function times(random: Random, count: number, from: number, to: number): number[] {
  const all = Array.from({ length: count }, () =>
    Math.floor(random() < 0.5 ? from + random() * (to - from) : to - random() ** 3 * (to - from)),
  );
  return all.sort((a, b) => a - b).map((at) => (random() < 0.08 ? at - Math.floor(random() * 4 * MINUTE) : at));
}

/** How likely a turn runs the batch, sends a request again, and has the clock jump for its batch. */
type Likely = { batches?: number; again?: number; jumps?: number };

function turn(history: History, at: number, random: Random, likely: Likely = {}): void {
  const { batches = 0.05, again: sendsAgain = 0.35, jumps = 0.15 } = likely;
  const { actions, requests, valuesKept } = history;
  const flood = valuesKept === undefined ? 0 : 0.5;
  const seedOf = () => Math.floor(random() * 2 ** 31);
  // A machine that slept, or whose clock jumps, runs its batch days later, and continues where it was.
  const jumped = () => (random() < jumps ? at + Math.ceil(random() * 3 * DAY_MS) : at);
  const add = (kind: "transform" | "deliver" | "batch" | "ask") =>
    actions.push({ at: kind === "batch" ? jumped() : at, seed: seedOf(), kind });
  const send = (request: number, stale: boolean) => {
    const copies = random() < 0.25 ? 2 + Math.floor(random() * 3) : 1;
    actions.push({ at, seed: seedOf(), kind: "send", request, stale, copies });
  };
  const sends = random() < 0.7 ? 1 + Math.floor(random() * 1.6) : 0;
  for (let i = 0; i < sends; i++) {
    const request = createRequest(random, {
      now: at,
      chosen: history.midnight - 20 * MINUTE,
      isFlood: random() < flood,
    });
    const isThief = random() < 0.15;
    send(
      requests.push(isThief ? withIdsOf(pick(random, [request, ...requests]), request, requests) : request) - 1,
      false,
    );
  }
  const again = random() < sendsAgain ? findRepeatable(history, at, random) : undefined;
  if (again !== undefined) send(again, random() < 0.3);
  const other = random() < 0.25 ? changedAt(history, at, random) : undefined;
  if (other !== undefined) send(requests.push(other) - 1, false);
  if (random() < 0.5) add("transform");
  if (random() < 0.3) add("deliver");
  if (random() < batches) add("batch");
  if (random() < 0.18) add("ask");
}

/** An earlier request whose batch id now comes with other events, more or fewer. */
function changedAt(history: History, at: number, random: Random): ClientRequest | undefined {
  const request = history.requests[findRepeatable(history, at, random) ?? -1];
  return request?.batch_id === undefined ? undefined : changed(request, random);
}

/** The index of a request that may come again now and still counts once (docs/reliability.md). */
function findRepeatable({ requests, actions }: History, at: number, random: Random): number | undefined {
  if (requests.length === 0) return undefined;
  const index = Math.floor(random() * requests.length);
  const chosen = requests[index];
  const isOne = (other: ClientRequest | undefined) =>
    other === chosen ||
    (chosen?.batch_id !== undefined && other?.app === chosen.app && other.batch_id === chosen.batch_id);
  const sent = actions.filter((action) => action.kind === "send" && isOne(requests[action.request]));
  return chosen !== undefined && sent.every((first) => isSameWhen(chosen, first.at, at)) ? index : undefined;
}
