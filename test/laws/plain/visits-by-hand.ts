/** Sessions as a person has them, the events that a page sends of them, and what is counted of them, in plain code. */
import { randomUUID } from "node:crypto";

/** `gap` is the time since the step before; a step that is no page is a click on the page. */
export type DrawnSession = { start: number; source: string; steps: { path: string; gap: number; isPage: boolean }[] };

export type SentEvent = Record<string, unknown>;

const landing = "/landing";
const ids = new WeakMap<object, string[]>();

/**
 * The events of a session: its first page, and the steps after it. The ids of a session's events are always the same.
 */
export function sessionEvents(session: DrawnSession): SentEvent[] {
  const entry = `https://example.com${landing}${session.source}`;
  const known = ids.get(session) ?? Array.from({ length: session.steps.length + 1 }, () => randomUUID());
  ids.set(session, known);
  const base = { entry_url: entry, entry_referrer: "" };
  let page = { number: 1, path: landing };
  let at = session.start;
  const events: SentEvent[] = [
    { ...base, name: "page_view", event_id: known[0], occurred_at: at, url: entry, page_number: 1, visit_ms: 0 },
  ];
  for (const [i, { path, gap, isPage }] of session.steps.entries()) {
    at += gap;
    const previous = page.path;
    if (isPage) page = { number: page.number + 1, path };
    const url = `https://example.com${page.path}`;
    const common = { ...base, event_id: known[i + 1], occurred_at: at, url, page_number: page.number };
    const step = { ...common, elapsed_ms: gap, visit_ms: at - session.start, previous_path: previous };
    events.push(isPage ? { ...step, name: "page_view" } : { ...step, name: "click", target: "t" });
  }
  return events;
}

type Asked = { metric: string; by: string; from: string; to: string; timezone: string };
type Counted = { day: string; path: string; channel: string; pages: string[]; ms: number };

/** What an answer says, as far as it is told by hand. */
export function visitsByHand(sessions: readonly DrawnSession[], { metric, by, from, to, timezone }: Asked) {
  const dayOf = (instant: number) => new Date(instant).toLocaleDateString("sv", { timeZone: timezone });
  const visits = sessions
    .map((session): Counted => {
      const pages = [
        landing,
        ...session.steps.filter(({ isPage }) => isPage).map(({ path }) => path.replace(" ", "%20")),
      ];
      const ms = session.steps.reduce((sum, { gap }) => sum + gap, 0);
      return { day: dayOf(session.start), path: landing, channel: channelOf(session), pages, ms };
    })
    .filter(({ day }) => day >= from && day <= to);
  const isRatio = /_rate$|_per_/.test(metric);
  const total = measure(metric, visits);
  const groupOf = (visit: Counted) =>
    metric === "exits" && by === "path" ? (visit.pages.at(-1) ?? "") : by === "path" ? visit.path : visit.channel;
  const groups = [...Map.groupBy(visits, groupOf)]
    .map(([key, some]) => ({ key, ...figure(isRatio, measure(metric, some), some.length) }))
    .filter(({ value }) => isRatio || value !== 0)
    .sort((a, b) => (b.denominator ?? b.value) - (a.denominator ?? a.value) || (a.key < b.key ? -1 : 1));
  const { value, ...fraction } = figure(isRatio, total, visits.length);
  return { metric, total: value, ...fraction, ...(by !== "" && { groups }) };
}

function figure(
  isRatio: boolean,
  number: number,
  visits: number,
): { value: number; numerator?: number; denominator?: number } {
  if (!isRatio) return { value: number };
  return { value: visits === 0 ? 0 : number / visits, numerator: number, denominator: visits };
}

function measure(metric: string, visits: readonly Counted[]): number {
  if (metric === "bounces" || metric === "bounce_rate") return visits.filter(({ pages }) => pages.length === 1).length;
  if (metric === "pages_per_visit") return visits.reduce((sum, { pages }) => sum + pages.length, 0);
  if (metric === "duration_per_visit") return visits.reduce((sum, { ms }) => sum + ms, 0);
  return visits.length;
}

function channelOf({ source }: DrawnSession): string {
  return source.includes("cpc") ? "paid" : source.includes("chatgpt") ? "ai" : "direct";
}
