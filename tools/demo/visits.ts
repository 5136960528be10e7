/** What somebody does on the job board, event by event as the beacon would record it. */
import { featurePrice, postings } from "../../src/demo/postings.ts";
import { createZipf, type Random, timedUuid } from "../random.ts";
import type { Arrival, Person } from "./people.ts";

export type DemoEvent = {
  name: string;
  event_id: string;
  occurred_at: number;
  visitor_id: string;
  session_id: string;
  url: string;
  [field: string]: unknown;
};

const site = "https://harbor.example";
const popular = createZipf(postings.length, 0.7);

/** One visit that begins at `start` (epoch ms). A `tempo` below 1 makes it faster, as in a demonstration. */
export function visit(random: Random, person: Person, arrival: Arrival, start: number, tempo = 1): DemoEvent[] {
  const { events, record, pass, leave, show } = startVisit(random, person, arrival, { start, tempo });
  show(`/demo${arrival.query ?? ""}`, "Internships by the sea");
  pass(3);
  for (const { id } of postings.slice(0, 3 + Math.floor(random() * 6))) record("impression", { target: id });
  // Four in ten look and leave.
  const looksAt = random() < 0.4 ? 0 : 1 + Math.floor(random() * 3);
  for (let n = 0; n < looksAt; n++) {
    pass(12);
    const posting = postings[popular(random)] ?? postings[0];
    if (posting === undefined) break;
    record("click", { target: posting.id });
    show(`/demo/posting/${posting.id}`, posting.title);
    pass(25);
    if (random() > 0.16) continue;
    record("click", { target: `apply-${posting.id}` });
    show(`/demo/sign-up/${posting.id}`, "Who are you?");
    pass(15);
    if (random() > 0.7) break;
    record("login", { user_id: `u-${person.visitor.slice(9, 18)}`, method: "demo" });
    show(`/demo/thanks/${posting.id}`, "On its way");
    pass(6);
    if (random() < 0.4) record("payment", { amount: featurePrice, currency: "KRW", target: `feature-${posting.id}` });
    break;
  }
  pass(4);
  leave();
  return events;
}

/** A browser in somebody's hands: pages that it shows, and time that passes between what is recorded. */
function startVisit(
  random: Random,
  person: Person,
  arrival: Arrival,
  { start, tempo }: { start: number; tempo: number },
) {
  const events: DemoEvent[] = [];
  const session = timedUuid(random, Math.round(start));
  const begin = Math.round(start);
  let now = begin;
  let before = begin;
  let url = "";
  let entry = "";
  let pages = 0;
  let referrer = arrival.referrer;
  let view = "";
  let shownAt = now;

  const record = (name: string, fields: object = {}) => {
    const event_id = timedUuid(random, now);
    const who = { visitor_id: person.visitor, session_id: session };
    const began = { entry_url: entry, ...(arrival.referrer && { entry_referrer: arrival.referrer }) };
    const step = { elapsed_ms: now - before, visit_ms: now - begin };
    before = now;
    events.push({
      name,
      event_id,
      occurred_at: now,
      ...who,
      ...began,
      ...step,
      url,
      language: person.language,
      ...(referrer && { referrer }),
      ...fields,
    });
    return event_id;
  };
  const pass = (seconds: number) => {
    now += Math.round(seconds * (0.4 + random() * 1.2) * 1000 * tempo);
  };
  const leave = () => {
    if (view !== "") record("page_leave", { view, ms: now - shownAt });
  };
  const show = (path: string, title: string) => {
    leave();
    if (url !== "") referrer = url;
    const previous = url && { previous_path: new URL(url).pathname };
    url = site + path;
    entry ||= url;
    shownAt = now;
    view = record("page_view", { title: `${title} · Harbor`, page_number: ++pages, ...previous });
  };
  return { events, record, pass, leave, show };
}
