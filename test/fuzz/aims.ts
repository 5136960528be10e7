/**
 * The fuzzer's aims for state: the largest item that a request leaves in the table, the most items of one request, and
 * the most bytes per byte of a request. A request that goes further than those before it is kept, and mutated again.
 */

import { HttpError } from "../../src/errors.ts";
import { createRandom, pick, type Random, timedUuid, uuid } from "../../tools/random.ts";
import { validRequest } from "./corpus.ts";
import { mutate } from "./mutate.ts";
import { bodyOf, type Idea } from "./slowest.ts";
import type { StateTarget, Written } from "./state-target.ts";

/** A public key may send events of the last week, and clocks differ: it cannot open more days than this. */
const MOST_ITEMS = 64;
/** DynamoDB's limit is 409,600. */
const MOST_ITEM_BYTES = 385_000;
/** What a request writes relative to its size, in addition to what every request writes. */
const MOST_BYTES_PER_BYTE = 4;
/** A trusted sender may give each event a different day, and may use items and bytes for that many days. */
const TRUSTED_EVENTS = 50;
const TRUSTED_ITEMS = MOST_ITEMS + 6 * TRUSTED_EVENTS;
const TRUSTED_BYTES_PER_BYTE = 12;
const LEAST_BYTES = 16_384;

type Input = { body: string; trusted: boolean };
export type Reached = Input & Written & { bodyBytes: number };
type Aim = keyof typeof aims;

export const aims = {
  "largest item": { unit: "bytes", of: ({ largest }: Reached) => largest, most: () => MOST_ITEM_BYTES },
  "most items": {
    unit: "items",
    of: ({ items }: Reached) => items,
    most: ({ trusted }: Reached) => (trusted ? TRUSTED_ITEMS : MOST_ITEMS),
  },
  "most state": {
    unit: "bytes for each of the request",
    of: ({ bytes, bodyBytes }: Reached) => bytes / Math.max(bodyBytes, LEAST_BYTES),
    most: ({ trusted }: Reached) => (trusted ? TRUSTED_BYTES_PER_BYTE : MOST_BYTES_PER_BYTE),
  },
} satisfies Record<string, { unit: string; of: (one: Reached) => number; most: (one: Reached) => number }>;

const KEPT = 8;
const DAY_MS = 86_400_000;
/** One item lists the open days, in 21 bytes each: docs/security.md says what this means for trusted keys. */
const MOST_DAYS = 5_000;

/** The furthest of `tries` requests for each aim, the furthest first. */
export async function searchState(
  target: StateTarget,
  { seed, tries }: { seed: number; tries: number },
): Promise<Record<Aim, Reached[]>> {
  const random = createRandom(seed);
  const best: Record<Aim, Reached[]> = { "largest item": [], "most items": [], "most state": [] };
  for (let i = 0; i < tries; i++) {
    const known = best[pick(random, Object.keys(aims) as [Aim, ...Aim[]])];
    const [first, ...others] = known;
    const input =
      first === undefined || random() < 0.3 ? anyInput(random) : changed(pick(random, [first, ...others]), random);
    const written = await target.send(input.body, input.trusted).catch((error: unknown) => refused(error, input));
    if (written === undefined) continue;
    const reached = { ...input, ...written, bodyBytes: Buffer.byteLength(input.body) };
    for (const [name, { of }] of Object.entries(aims) as [Aim, (typeof aims)[Aim]][])
      best[name] = [...best[name], reached].sort((a, b) => of(b) - of(a)).slice(0, KEPT);
  }
  return best;
}

/**
 * A request that collect refuses entirely writes nothing; any other error, including an item too large for the table,
 * is a defect.
 */
function refused(error: unknown, { body }: Input): undefined {
  if (error instanceof HttpError) return undefined;
  throw new Error(`Cannot count ${body.slice(0, 300)}`, { cause: error });
}

/** What exceeds a bound, as text. */
export function beyond(best: Record<Aim, readonly Reached[]>): string[] {
  return (Object.entries(aims) as [Aim, (typeof aims)[Aim]][]).flatMap(([name, { of, most, unit }]) =>
    best[name]
      .filter((one) => of(one) > most(one))
      .map(
        (one) =>
          `${name}: ${of(one).toFixed(1)} ${unit}, at most ${most(one)} are allowed (${one.key}): ${one.body.slice(0, 300)}`,
      ),
  );
}

function anyInput(random: Random): Input {
  const trusted = random() < 0.05;
  if (random() < 0.3) {
    const shape = pick<Idea["shape"]>(random, ["text", "texts", "keys", "manyKeys", "properties", "lists", "broken"]);
    const field = pick(random, ["url", "target", "title", "referrer", "visitor_id", "batch_id", "event_id"]);
    return {
      body: bodyOf(
        { shape, field, start: "https://e.com/", pattern: pick(random, ["a", "한", "a=&", "\u0000"]) },
        2 ** (8 + random() * 12),
      ),
      trusted,
    };
  }
  for (;;) {
    const { path, body } = mutate(validRequest(random), random() < 0.5 ? 1 : 0, random);
    if (path === "/v1/events") return { body: body.toString(), trusted };
  }
}

type Event = Record<string, unknown>;
const changes: readonly [
  (events: Event[], random: Random) => Event[],
  ...((events: Event[], random: Random) => Event[])[],
] = [
  (events) => [...events, ...events].slice(0, 500).map(({ event_id: _, ...event }) => event),
  (events) => events.map((event, i) => ({ ...event, occurred_at: new Date(Date.now() - i * DAY_MS).toISOString() })),
  (events, random) => {
    const day = Math.floor(random() * MOST_DAYS);
    return events.map((event, i) => ({ ...event, occurred_at: Date.now() - (day + i) * DAY_MS }));
  },
  (events, random) =>
    events.map((event) => ({
      ...event,
      target: uuid(random),
      visitor_id: uuid(random),
      url: `https://${uuid(random)}.example/${uuid(random)}?utm_source=${uuid(random)}&utm_campaign=${uuid(random)}`,
      referrer: `https://${uuid(random)}.example`,
    })),
  (events, random) => events.map((event) => ({ ...event, name: uuid(random) })),
  (events, random) =>
    events.map((event) => ({
      ...event,
      [pick(random, ["name", "target", "title", "url"])]: `${"x".repeat(random() * 2000)}`,
    })),
  (events, random) =>
    events.map((event) => ({
      ...event,
      name: "payment",
      amount: Math.floor(random() * 1e9),
      currency: String.fromCharCode(65 + random() * 26, 65 + random() * 26, 65 + random() * 26),
    })),
  (events, random) => events.map((event) => (random() < 0.5 ? { ...event, occurred_at: uuid(random) } : event)),
];

function changed({ body, trusted }: Input, random: Random): Input {
  const roll = random();
  const value = parse(body);
  if (roll < 0.2 || value === undefined) {
    const request = {
      port: "api",
      method: "POST",
      path: "/v1/events",
      query: "",
      headers: [],
      body: Buffer.from(body),
    } as const;
    return { body: mutate({ ...request, headers: [] }, 1, random).body.toString(), trusted };
  }
  if (roll < 0.22) return { body: trusted ? body : few(value.events), trusted: !trusted };
  const events = pick(random, changes)(value.events, random).slice(0, trusted ? TRUSTED_EVENTS : 500);
  // Half of the time, everything that is kept contains the same minute.
  const batch_id = random() < 0.5 ? timedUuid(random, 1.8e12) : (value.batch_id ?? uuid(random));
  const text = JSON.stringify({ batch_id, events });
  return text.length > 1_048_576 ? { body, trusted } : { body: text, trusted };
}

function few(events: readonly Event[]): string {
  return JSON.stringify({ events: events.slice(0, TRUSTED_EVENTS) });
}

/** Bodies of any form as one form: a list of events, and their batch's id. */
function parse(body: string): { events: Event[]; batch_id?: unknown } | undefined {
  try {
    const value = JSON.parse(body);
    const events: unknown[] = Array.isArray(value) ? value : Array.isArray(value.events) ? value.events : [value];
    const objects = events.filter(
      (one): one is Event => typeof one === "object" && one !== null && !Array.isArray(one),
    );
    return objects.length === 0 ? undefined : { events: objects, batch_id: value.batch_id };
  } catch {
    return undefined;
  }
}
