/**
 * Events as a job board's pages send them, from a seed: visitors with various origins and browsers look at postings (a
 * few of them much more often than the rest), see lists of others, click, log in, and occasionally pay. Benchmarks and
 * fault tests drive Daymark with it.
 */
import { createRandom, createZipf, pick, type Random, timedUuid, uuid } from "../../tools/random.ts";

/** An event as it is posted. */
export type TrafficEvent = {
  name: string;
  event_id: string;
  occurred_at: string;
  visitor_id: string;
  session_id: string;
  url: string;
  referrer?: string;
  user_id?: string;
  title?: string;
  target?: string;
  amount?: number;
  currency?: string;
  properties?: Record<string, unknown>;
};
/** The body of a request, and the browser that sends it. */
export type TrafficRequest = {
  userAgent: string;
  acceptLanguage: string;
  body: { batch_id: string; sent_at: string; events: TrafficEvent[] };
};

export type TrafficOptions = {
  seed: number;
  /** How many postings there are to look at, and how many people look. */
  postings?: number;
  visitors?: number;
};

type Visitor = {
  id: string;
  user: string | undefined;
  session: string;
  userAgent: string;
  acceptLanguage: string;
  referrer: string;
  query: string;
};
type World = { random: Random; posting: () => number; visitors: readonly [Visitor, ...Visitor[]] };

/** Makes requests of `events` events each; the next request is made at `now` (epoch ms). */
export function createTraffic({ seed, postings = 200, visitors = 5_000 }: TrafficOptions) {
  const random = createRandom(seed);
  const rank = createZipf(postings);
  const [first, ...rest] = Array.from({ length: visitors }, () => makeVisitor(random));
  if (first === undefined) throw new RangeError("Cannot make traffic without visitors");
  const world: World = { random, posting: () => rank(random), visitors: [first, ...rest] };
  return {
    next(events: number, now: number): TrafficRequest {
      const visitor = pick(random, world.visitors);
      const sent_at = new Date(now).toISOString();
      const page = world.posting();
      const list = Array.from({ length: events }, (_, i) => makeEvent(world, { visitor, page, now: now - i * 40 }));
      const { userAgent, acceptLanguage } = visitor;
      return { userAgent, acceptLanguage, body: { batch_id: timedUuid(random, now), sent_at, events: list } };
    },
  };
}

const userAgents = [
  "Mozilla/5.0 (Linux; Android 15; SM-S928N) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
] as const;
const korean = "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7";
const languages = [
  ...[korean, korean, korean, korean, "ko", "ko", "ko"],
  ...["en-US,en;q=0.9", "en", "ja", "zh-CN,zh;q=0.9,en;q=0.8"],
] as const;
const referrers = [
  "https://www.google.com/",
  "https://search.naver.com/search.naver?query=jobs",
  "https://www.facebook.com/",
  "https://news.example.org/careers",
  "",
] as const;
const campaigns = [
  "",
  "",
  "",
  "?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
  "?utm_source=google&utm_medium=cpc&utm_campaign=brand",
] as const;

function makeVisitor(random: Random): Visitor {
  return {
    id: uuid(random),
    user: random() < 0.2 ? `user-${Math.floor(random() * 1e6)}` : undefined,
    session: uuid(random),
    userAgent: pick(random, userAgents),
    referrer: pick(random, referrers),
    query: pick(random, campaigns),
    acceptLanguage: pick(random, languages),
  };
}

type Moment = { visitor: Visitor; page: number; now: number };

function makeEvent({ random, posting }: World, { visitor, page, now }: Moment): TrafficEvent {
  const common = {
    event_id: uuid(random),
    occurred_at: new Date(now).toISOString(),
    visitor_id: visitor.id,
    session_id: visitor.session,
    url: `https://jobs.example.com/postings/${page}${visitor.query}`,
    ...(visitor.referrer === "" ? {} : { referrer: visitor.referrer }),
    ...(visitor.user === undefined ? {} : { user_id: visitor.user }),
  };
  const kind = random();
  if (kind < 0.3) return { name: "page_view", ...common, title: `Posting ${page} · 채용 공고` };
  if (kind < 0.72) {
    const position = Math.floor(random() * 20);
    return { name: "impression", ...common, target: `posting-${posting()}`, properties: { list: "similar", position } };
  }
  if (kind < 0.97) return { name: "click", ...common, target: `posting-${posting()}` };
  if (kind < 0.985) return { name: "login", ...common };
  const plan = pick(random, ["plus", "pro"]);
  return {
    name: "payment",
    ...common,
    target: `plan-${plan}`,
    amount: plan === "pro" ? 29_000 : 9_900,
    currency: "KRW",
  };
}
