/**
 * What the clients of a history send: honest requests, and some that nobody should send: ids of another app's events,
 * batch ids that always contain the same minute, other events with a batch id that was used before, nothing but new
 * values.
 */

import { DAY_MS } from "../../src/metrics/time-bucket.ts";
import { pick, type Random, timedUuid, uuid } from "../../tools/random.ts";

export type ClientEvent = {
  name: "click" | "payment" | "sign_up";
  event_id: string;
  target: string;
  visitor_id: string;
  amount?: number;
  currency?: string;
  /** How long before sending the client says the event happened; undefined if it does not say. */
  age: number | undefined;
};
export type ClientRequest = {
  app: string;
  trusted: boolean;
  batch_id: string | undefined;
  /** How far the client's clock is ahead of ours (ms), and whether it says when it sends. */
  clockOff: number;
  saysSentAt: boolean;
  events: ClientEvent[];
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The clock of a device that has never been set. */
const NEVER_SET = Date.parse("2020-01-01T00:00:00Z");

/** What distinguishes an event from every other: ids are per app. */
export function idOf({ app, event_id }: { app: string; event_id: string }): string {
  return `${app} ${event_id}`;
}

/**
 * A new request. `chosen` is the instant in all ids of clients that choose their ids; a flood consists only of new
 * values.
 */
export function createRequest(
  random: Random,
  { now, chosen, isFlood }: { now: number; chosen: number; isFlood: boolean },
): ClientRequest {
  const trusted = random() < 0.12;
  const off = random();
  const clockOff = off < 0.6 ? 0 : off < 0.8 ? Math.floor((random() - 0.5) * 10 * MINUTE) : clockDaysOff(random);
  const count = 1 + Math.floor(random() ** 2 * 4) + (isFlood ? 8 : 0);
  return {
    app: trusted ? "server" : pick(random, ["web", "web", "app"]),
    trusted,
    batch_id: createBatchId(random, { now, clockOff, chosen }),
    clockOff,
    saysSentAt: random() < 0.8,
    events: Array.from({ length: count }, () => createEvent(random, trusted, isFlood)),
  };
}

function createBatchId(
  random: Random,
  { now, clockOff, chosen }: { now: number; clockOff: number; chosen: number },
): string | undefined {
  const kind = random();
  if (kind < 0.4) return timedUuid(random, now);
  if (kind < 0.5) return timedUuid(random, now + clockOff);
  if (kind < 0.65) return timedUuid(random, chosen);
  if (kind < 0.7) return timedUuid(random, NEVER_SET);
  return kind < 0.9 ? uuid(random) : undefined;
}

/**
 * Whether copies of a request that are received at these instants count once (docs/reliability.md): within eight days if
 * its id contains a minute that is believable both times, otherwise within the five minutes for which the ledger
 * remembers it.
 */
export function isSameWhen(request: ClientRequest, first: number, again: number): boolean {
  const apart = Math.abs(again - first);
  const [isBelieved, stillIs] = [isMinuteBelieved(request, first), isMinuteBelieved(request, again)];
  return isBelieved === stillIs && apart < (isBelieved ? 8 * DAY_MS : 5 * MINUTE);
}

function isMinuteBelieved({ batch_id, trusted }: ClientRequest, receivedAt: number): boolean {
  if (batch_id?.[14] !== "7") return false;
  const made = Number.parseInt(batch_id.replace("-", "").slice(0, 12), 16);
  return trusted || (made > receivedAt - 8 * DAY_MS && made < receivedAt + HOUR);
}

/** A request whose sender uses the ids of another app, perhaps of the trusted key; each app uses them once. */
export function withIdsOf(
  victim: ClientRequest,
  request: ClientRequest,
  sent: readonly ClientRequest[],
): ClientRequest {
  const ids = new Set(victim.events.map(({ event_id }) => event_id));
  const isTaken = sent.some(({ app, events }) => app === request.app && events.some((one) => ids.has(one.event_id)));
  if (isTaken || victim === request) return request;
  const events = request.events.map((event, i) => ({
    ...event,
    event_id: victim.events[i]?.event_id ?? event.event_id,
  }));
  return { ...request, batch_id: victim.batch_id, events };
}

/** What comes later with the same batch id: the events in another order, usually with more of them, or without some. */
export function changed(request: ClientRequest, random: Random): ClientRequest {
  const old = request.events.filter(() => random() < 0.8);
  const added = Array.from({ length: random() < 0.8 ? 1 + Math.floor(random() * 2) : 0 }, () =>
    createEvent(random, request.trusted, false),
  );
  const events = random() < 0.7 ? [...old, ...added] : [...added, ...old.reverse()];
  return events.length === 0 ? request : { ...request, events };
}

function clockDaysOff(random: Random): number {
  return Math.floor((random() - 0.5) * 20 * DAY_MS);
}

function createEvent(random: Random, trusted: boolean, isNew: boolean): ClientEvent {
  const kind = random();
  const name = kind < 0.6 ? "click" : kind < 0.8 ? "payment" : "sign_up";
  const amount = Math.floor(random() * 10_000) - 1_000;
  return {
    name,
    event_id: uuid(random),
    target: isNew ? `new-${uuid(random)}` : pick(random, ["a", "a", "b", "c+d", "50%#"]),
    visitor_id: `v${Math.floor(random() * 12)}`,
    ...(name === "payment" ? { amount, currency: pick(random, ["KRW", "KRW", "USD"]) } : {}),
    age: ageOf(random, trusted),
  };
}

/** Usually just now; sometimes minutes ago, or days, which opens sealed days. */
function ageOf(random: Random, trusted: boolean): number | undefined {
  const kind = random();
  if (kind < 0.35) return undefined;
  if (kind < 0.75) return Math.floor(random() * 2 * MINUTE);
  if (kind < 0.95) return Math.floor(random() * 3 * HOUR);
  return Math.floor(random() * (trusted ? 20 : 3) * DAY_MS);
}
