/**
 * The events in the engines' lake, from a seed: a job board's traffic, lines of access logs, and events with awkward
 * texts and numbers, on days of a past month, of this week, and today.
 */

import { createTraffic } from "../../bench/traffic/traffic.ts";
import { createRandom, pick, type Random, timedUuid, uuid } from "../../tools/random.ts";

export type DrawnEvent = { name: string; event_id: string } & Record<string, unknown>;
type Body = { batch_id: string; sent_at: string; events: DrawnEvent[] };
export type Drawn = { days: string[]; requests: Body[] };

const dayMs = 86_400_000;
const requestsPerDay = 12;
const eventsPerRequest = 60;
/** Values that engines may read, compare or print differently. */
const awkward = [
  "posting-1",
  "a+b",
  "50%",
  "#1",
  "it's",
  'say "hi"',
  "한국어 공고",
  "🙂",
  "\uFEFFmarked",
  "null",
  " blank ",
  "a,b",
  "two\nlines",
  "\\",
  "ÅÄÖ",
  "e\u0301",
] as const;
const statuses = [200, 200, 200, 301, 404, 499, 500, 503] as const;

/** Requests of about nine days up to `today` (YYYY-MM-DD), with times at noon in the stage's zone or later. */
export function drawRequests(seed: number, today: string): Drawn {
  const random = createRandom(seed);
  const traffic = createTraffic({ seed, postings: 40, visitors: 300 });
  const days = [70, 69, 41, 40, 3, 2, 1, 0].map((ago) => addDays(today, -ago));
  const requests = days.flatMap((day) =>
    Array.from({ length: requestsPerDay }, () => {
      const noon = Date.parse(`${day}T03:00:00Z`);
      const now = Math.min(noon + Math.floor((random() * dayMs) / 3), day === today ? Date.now() - 60_000 : Infinity);
      const { body } = traffic.next(eventsPerRequest, now);
      const others = Array.from({ length: eventsPerRequest / 4 }, () => drawOther(random, now));
      return { ...body, sent_at: new Date().toISOString(), events: [...body.events, ...others] };
    }),
  );
  return { days, requests: [...requests, ...repeats(random, requests)] };
}

/** Some requests a second time with another batch id: the lake then contains copies of their events. */
function repeats(random: Random, requests: readonly Body[]): Body[] {
  return requests.filter(() => random() < 0.1).map((body) => ({ ...body, batch_id: timedUuid(random, Date.now()) }));
}

function drawOther(random: Random, now: number): DrawnEvent {
  const occurred_at = new Date(now - Math.floor(random() * 3_600_000)).toISOString();
  const common = { event_id: uuid(random), occurred_at, visitor_id: `v${Math.floor(random() * 50)}` };
  const text = pick(random, awkward);
  const kind = random();
  if (kind < 0.4)
    return {
      ...common,
      name: "access_log",
      method: pick(random, ["GET", "POST"]),
      status: pick(random, statuses),
      path: `/p/${encodeURIComponent(text)}?q=${encodeURIComponent(text)}`,
      bytes: Math.floor(random() * 2 ** 40),
    };
  if (kind < 0.6)
    return {
      ...common,
      name: "payment",
      target: text,
      amount: pick(random, [0, -1, 990, 2 ** 53 - 1, -(2 ** 53) + 1, 100_000]),
      currency: pick(random, ["KRW", "USD"]),
    };
  if (kind < 0.7) return { ...common, name: "page_view", ...pageOfVisit(random, text) };
  const properties = { text, number: Math.floor(random() * 1e6) / 100, list: [1, text], deep: { ok: random() < 0.5 } };
  return { ...common, name: pick(random, ["click", "sign_up"]), target: text, title: text, properties };
}

function pageOfVisit(random: Random, text: string) {
  const url = `https://jobs.example.com/p/${encodeURIComponent(text)}`;
  const page_number = 1 + Math.floor(random() * 3);
  if (page_number === 1) return { url, page_number };
  return { url, page_number, previous_path: "/p/before", elapsed_ms: Math.floor(random() * 60_000) };
}

function addDays(day: string, days: number): string {
  return new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);
}
