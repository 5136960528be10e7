/**
 * A history from a seed: which requests are sent when, by clients with which clocks, and when each part of the pipeline gets its
 * turn around a midnight. It is data, so that a failing one can be cut down; each action has a seed of its own for the faults
 * that go with it, so that leaving one out changes nothing about the others.
 */
import { createRandom, pick, type Random, timedUuid, uuid } from "../../bench/random.ts";
import { DAY_MS, startOfDay } from "../../src/metrics/time-bucket.ts";

export type ClientEvent = {
  name: "click" | "payment" | "sign_up";
  event_id: string;
  target: string;
  visitor_id: string;
  amount?: number;
  currency?: string;
  /** How long before it is sent the client says that it happened; undefined when it does not say. */
  age: number | undefined;
};
export type ClientRequest = {
  app: string;
  trusted: boolean;
  batch_id: string | undefined;
  /** What the client's clock is ahead of ours (ms), and whether it says when it sends. */
  clockOff: number;
  saysSentAt: boolean;
  events: ClientEvent[];
};
export type Action = { at: number; seed: number; calm?: boolean } & (
  | { kind: "send"; request: number; stale: boolean }
  | { kind: "transform" | "deliver" | "batch" | "ask" }
);
export type History = {
  seed: number;
  scene: string;
  timezone: string;
  /** The midnight around which it happens (epoch ms), and the day that begins with it. */
  midnight: number;
  day: string;
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

/** What tells an event from every other: ids belong to the app of the key. */
export function idOf({ app, event_id }: { app: string; event_id: string }): string {
  return `${app} ${event_id}`;
}

/** The history of a seed. */
export function createHistory(seed: number): History {
  const random = createRandom(seed * 7919 + 17);
  const [scene, timezone, day] = pick<Scene>(random, scenes);
  const midnight = startOfDay(day, timezone);
  const history: History = { seed, scene, timezone, midnight, day, requests: [], actions: [] };
  for (const at of times(random, 9, midnight - 50 * MINUTE, midnight + 14 * MINUTE)) turn(history, at, random);
  for (const at of times(random, 5, midnight + 15 * MINUTE, midnight + 70 * MINUTE)) turn(history, at, random, 0.25);
  for (const at of times(random, 4, midnight + 2 * HOUR, midnight + 23 * HOUR)) turn(history, at, random, 0.25);
  return history;
}

/** Sorted times in a range, half of them within minutes of where it ends or begins; now and then the clock jumps back. */
function times(random: Random, count: number, from: number, to: number): number[] {
  const all = Array.from({ length: count }, () =>
    Math.floor(random() < 0.5 ? from + random() * (to - from) : to - random() ** 3 * (to - from)),
  );
  return all.sort((a, b) => a - b).map((at) => (random() < 0.08 ? at - Math.floor(random() * 4 * MINUTE) : at));
}

function turn(history: History, at: number, random: Random, batches = 0.05): void {
  const { actions, requests } = history;
  const seedOf = () => Math.floor(random() * 2 ** 31);
  // A machine that slept, or whose clock jumps, has its batch run days later, and goes on where it was.
  const jumped = () => (random() < 0.15 ? at + Math.ceil(random() * 3 * DAY_MS) : at);
  const add = (kind: "transform" | "deliver" | "batch" | "ask") =>
    actions.push({ at: kind === "batch" ? jumped() : at, seed: seedOf(), kind });
  const sends = random() < 0.7 ? 1 + Math.floor(random() * 1.6) : 0;
  for (let i = 0; i < sends; i++) {
    const request = createRequest(random, at);
    requests.push(random() < 0.15 ? withIdsOf(pick(random, [request, ...requests]), request, requests) : request);
    actions.push({ at, seed: seedOf(), kind: "send", request: requests.length - 1, stale: false });
  }
  const again = random() < 0.35 ? findRepeatable(history, at, random) : undefined;
  if (again !== undefined) actions.push({ at, seed: seedOf(), kind: "send", request: again, stale: random() < 0.3 });
  if (random() < 0.5) add("transform");
  if (random() < 0.3) add("deliver");
  if (random() < batches) add("batch");
  if (random() < 0.18) add("ask");
}

/**
 * Requests with a version 7 id may come again at any time, others within the five minutes that the ledger knows them for
 * (docs/reliability.md).
 */
function findRepeatable({ requests, actions }: History, at: number, random: Random): number | undefined {
  if (requests.length === 0) return undefined;
  const chosen = Math.floor(random() * requests.length);
  const first = actions.find((action) => action.kind === "send" && action.request === chosen);
  const isTimed = requests[chosen]?.batch_id?.[14] === "7";
  const age = Math.abs(at - (first?.at ?? 0));
  return isTimed || age < 5 * MINUTE ? chosen : undefined;
}

function createRequest(random: Random, now: number): ClientRequest {
  const trusted = random() < 0.12;
  const ids = random();
  const off = random();
  const clockOff = off < 0.6 ? 0 : off < 0.8 ? Math.floor((random() - 0.5) * 10 * MINUTE) : clockDaysOff(random);
  const count = 1 + Math.floor(random() ** 2 * 4);
  return {
    app: trusted ? "server" : pick(random, ["web", "web", "app"]),
    trusted,
    batch_id: ids < 0.6 ? timedUuid(random, now) : ids < 0.85 ? uuid(random) : undefined,
    clockOff,
    saysSentAt: random() < 0.8,
    events: Array.from({ length: count }, () => createEvent(random, trusted)),
  };
}

/** A request whose sender has taken the ids of another app's, the trusted key's perhaps; each app takes them once. */
function withIdsOf(victim: ClientRequest, request: ClientRequest, sent: readonly ClientRequest[]): ClientRequest {
  const isTaken = sent.some(
    ({ app, events }) => app === request.app && events[0]?.event_id === victim.events[0]?.event_id,
  );
  if (isTaken || victim === request) return request;
  const events = request.events.map((event, i) => ({
    ...event,
    event_id: victim.events[i]?.event_id ?? event.event_id,
  }));
  return { ...request, batch_id: victim.batch_id, events };
}

function clockDaysOff(random: Random): number {
  return Math.floor((random() - 0.5) * 20 * DAY_MS);
}

function createEvent(random: Random, trusted: boolean): ClientEvent {
  const kind = random();
  const name = kind < 0.6 ? "click" : kind < 0.8 ? "payment" : "sign_up";
  const amount = Math.floor(random() * 10_000) - 1_000;
  return {
    name,
    event_id: uuid(random),
    target: pick(random, ["a", "a", "b", "c+d", "50%#"]),
    visitor_id: `v${Math.floor(random() * 12)}`,
    ...(name === "payment" ? { amount, currency: pick(random, ["KRW", "KRW", "USD"]) } : {}),
    age: ageOf(random, trusted),
  };
}

/** Mostly just now; some minutes; days late, which is when it opens days that are sealed. */
function ageOf(random: Random, trusted: boolean): number | undefined {
  const kind = random();
  if (kind < 0.35) return undefined;
  if (kind < 0.75) return Math.floor(random() * 2 * MINUTE);
  if (kind < 0.95) return Math.floor(random() * 3 * HOUR);
  return Math.floor(random() * (trusted ? 20 : 3) * DAY_MS);
}
