/**
 * A server that serves the dashboard and answers in the API's shapes, for states that are hard to create with the real
 * one: years of history, an empty stage, a slow answer, a server that is away. The project's own code reads the
 * questions, so what the real API refuses is refused here in the same words.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { HttpError } from "../../src/errors.ts";
import { derivedMetrics, catalog as keptMetrics } from "../../src/metrics/catalog.ts";
import {
  addDays,
  bucketsBetween,
  dayOf,
  daysBetween,
  hoursOfDay,
  minuteOf,
  withOffset,
} from "../../src/metrics/time-bucket.ts";
import { exactNumber } from "../../src/query/exact-number.ts";
import {
  type AskedMetric,
  breakdownsOf,
  dimensionsOf,
  type Filters,
  isDerived,
  type Question,
  readLiveQuestion,
  readQuestion,
} from "../../src/query/question.ts";
import { minorUnits } from "../../src/schemas/currency.ts";
import { answerWithFile } from "../../src/site/site.ts";
import { type BuiltFile, dashboardFiles } from "./dashboard-files.ts";
import { numberOn, sharesOf } from "./fixture-numbers.ts";

export type Fixture = {
  url: string;
  /** The server's behaviour from now on; tests change it while it runs. */
  is: {
    away: boolean;
    empty: boolean;
    /** The last event was years ago. */
    old: boolean;
    /** Answers 202 so many times before the next answer. */
    runningTimes: number;
    delayMs: number;
    /** Today's events on top of the usual ones, in this minute. */
    moved: number;
    /** Days that were rolled up before the breakdown was kept. */
    lacks: { from: string; to: string; days: number } | undefined;
    /** Somebody sends more values than are stored separately, and ids again. */
    flooded: boolean;
    /** The number for every range, which may exceed a double. */
    total: bigint | undefined;
    now: number;
  };
  /** Every path that was requested. */
  asked: string[];
} & AsyncDisposable;

const catalog: readonly AskedMetric[] = [...keptMetrics, ...derivedMetrics];
export const TOKEN = "rt_local";
const SESSION = "daymark=fixture";
/** The start of a shared link's token. */
const LINK = "share_";
export const NOW = Date.parse("2026-11-22T05:21:30Z");
const TIME_ZONE = "Asia/Seoul";
/** One sealed day has received events since, some of them of robots. */
const LATE_DAYS_AGO = -3;
const ROBOTS = 12;
const FIRST_DAY = "2023-09-04";
/** The last day with events, for a stage that only has old ones. */
const OLD_DAY = "2024-02-29";

/** The initial behaviour. */
export const atFirst: Fixture["is"] = {
  away: false,
  empty: false,
  old: false,
  runningTimes: 0,
  delayMs: 0,
  moved: 0,
  lacks: undefined,
  flooded: false,
  total: undefined,
  now: NOW,
};

export async function startFixture(): Promise<Fixture> {
  const files = await dashboardFiles();
  const asked: string[] = [];
  const is: Fixture["is"] = { ...atFirst };
  const server = createServer(async (req, res) => {
    const url = new URL(req.url ?? "/", "http://fixture");
    const file = files.get(url.pathname === "/share" ? "/" : url.pathname);
    if (file !== undefined) return void res.writeHead(200, headersOf(file)).end(file.text);
    asked.push(`${url.pathname}${url.search}`);
    if (is.away) return void req.socket.destroy();
    if (is.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, is.delayMs));
    answer(req, res, url, is);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    is,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As the deployed function serves it, including the content security policy, but not compressed. */
function headersOf(file: BuiltFile): Record<string, string> {
  return answerWithFile({ ...file, br: "", gzip: "" }, {}).headers;
}

function answer(req: IncomingMessage, res: ServerResponse, url: URL, is: Fixture["is"]): void {
  const send = (status: number, body: object, headers = {}) =>
    res.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  const { authorization, cookie } = req.headers;
  const isShared = authorization?.startsWith(`Bearer ${LINK}e`) === true;
  const hasToken = authorization === `Bearer ${TOKEN}` || isShared;
  if (!hasToken && (authorization !== undefined || cookie !== SESSION))
    return void send(401, { detail: "Cannot read: the token is wrong" });
  const cookies = { POST: SESSION, DELETE: "daymark=" }[req.method ?? ""];
  if (url.pathname === "/v1/session")
    return void send(200, {}, { "set-cookie": `${cookies}; HttpOnly; SameSite=Strict; Path=/` });
  if (url.pathname.startsWith("/v1/shares")) return void answerShares(req, send);
  const [, , kind = "", metric = ""] = url.pathname.split("/");
  const query = url.search.slice(1);
  try {
    if (kind === "metrics" && metric !== "" && is.runningTimes > 0) {
      is.runningTimes -= 1;
      return void send(202, { status: "running", message: "ask again" }, { "retry-after": "1" });
    }
    if (kind === "metrics" && metric === "") return void send(200, { metrics: catalog.map(describe) });
    if (kind === "metrics") {
      const question = readQuestion({ metric, query }, catalog, today(is));
      return void send(200, { ...metricAnswer(question, is), ...(!isShared && robotsOf(question, is)) });
    }
    if (kind === "live") return void send(200, liveAnswer({ metric, query }, is));
    if (kind === "status") return void send(200, statusAnswer(is));
    send(404, { detail: "Not Found" });
  } catch (error) {
    if (error instanceof HttpError) send(error.status, { detail: error.message });
    else send(500, { detail: String(error) });
  }
}

const shares: { id: string; where: object; created_at: string }[] = [];

/** Keeps links as the API does; whatever they are limited to, they show the path of apply. */
function answerShares(req: IncomingMessage, send: (status: number, body: object) => void): void {
  const one = { id: `link-${shares.length}`, where: { path: "/apply" }, created_at: new Date(NOW).toISOString() };
  const token = `${LINK}${Buffer.from(JSON.stringify(one)).toString("base64url")}.signature`;
  if (req.method === "DELETE") shares.splice(0, 1);
  if (req.method === "POST") shares.push(one);
  send(200, req.method === "POST" ? { ...one, token, path: `/share#${token}` } : { shares });
}

function describe(metric: AskedMetric) {
  const { name, title, unit, value } = metric;
  const { day: combinations, hour: hourly } = breakdownsOf(metric);
  const format = isDerived(metric) && metric.format && { format: metric.format };
  const money = unit === "currency" && { minor_units: minorUnits };
  const dimensions = dimensionsOf(metric);
  return {
    name,
    title,
    value: value.kind,
    unit: unit ?? null,
    ...money,
    ...format,
    dimensions,
    combinations,
    hourly,
    groups_listed: 10_000,
  };
}

function metricAnswer(question: Question<AskedMetric>, is: Fixture["is"]) {
  const { metric, from, to, where, by, limit } = question;
  const sealed = addDays(today(is), -1);
  const isOpen = (day: string) => day > sealed || day === addDays(today(is), LATE_DAYS_AGO);
  const first = from < FIRST_DAY ? FIRST_DAY : from;
  const days = daysBetween(first, [to, today(is)].sort()[0] ?? to).map((day) => ({
    day,
    value: valueOn(metric, where, day, is),
  }));
  const sum = (some: typeof days) => some.reduce((all, { value }) => all + value, 0);
  const mixed = metric.unit !== undefined && where[metric.unit] === undefined;
  // Visitors come back: a range of days has fewer than the sum of its days.
  const kept = metric.value.kind === "distinct" && days.length > 1 ? 0.4 : 1;
  const rate = metric.value.kind === "ratio" ? sum(days) / Math.max(1, days.length) : undefined;
  const history = Math.round(sum(days.filter(({ day }) => !isOpen(day))) * kept);
  const realtime = Math.round(sum(days.filter(({ day }) => isOpen(day))) * kept);
  const known = new Map(days.map(({ day, value }) => [day, value]));
  return {
    metric: metric.name,
    from,
    to,
    timezone: TIME_ZONE,
    sealed_through: is.empty ? null : sealed,
    ...(mixed
      ? { total: null, history: null, realtime: null }
      : rate === undefined
        ? { total: history + realtime, history, realtime }
        : { total: rate, history: null, realtime: null }),
    ...(question.series ? { series: seriesOf(question, known, is) } : {}),
    ...(by.length > 0 ? groupsOf({ dimension: by[0] ?? "", where, total: history + realtime, limit }) : {}),
    ...(is.total === undefined ? {} : { total: exactNumber(is.total), history: exactNumber(is.total), realtime: 0 }),
    ...lackingOf(is),
    ...dataOf(from, history + realtime, is),
    ...(is.flooded ? { bounded_days: [to], ...(by.length > 0 && { other: 4321 }) } : {}),
  };
}

function seriesOf(
  { metric, from, to, bucket, breakdown }: Question<AskedMetric>,
  known: Map<string, number>,
  is: Fixture["is"],
) {
  const numberAt = (day: string) => known.get(day) ?? 0;
  if (bucket !== undefined)
    return bucketsBetween({ from, to }, bucket).map(({ from: day, to: last_day }) => {
      const days = daysBetween(day, last_day);
      const all = days.reduce((sum, one) => sum + numberAt(one), 0);
      const value = metric.value.kind === "ratio" ? all / days.length : Math.round(all * 0.6);
      return { day, last_day, value };
    });
  if (!breakdown.includes("hour")) return daysBetween(from, to).map((day) => ({ day, value: numberAt(day) }));
  return daysBetween(from, to).flatMap((day) => {
    const begun = hoursOfDay(day, TIME_ZONE).filter((start) => start <= is.now);
    const shares = begun.map((_, hour) => 1.1 - Math.cos((hour / 24) * 2 * Math.PI));
    const whole = shares.reduce((all, share) => all + share, 0);
    return begun.map((start, hour) => {
      const value = Math.round((numberAt(day) * (shares[hour] ?? 0)) / whole);
      return { day, hour: withOffset(start, TIME_ZONE), value };
    });
  });
}

function lackingOf({ lacks }: Fixture["is"]) {
  if (lacks === undefined) return {};
  const { from, to, days } = lacks;
  return { incomplete_from: from, incomplete_days: days, rebuild: { from, to } };
}

/** Robots are of the whole stage, so links do not say how many there are. */
function robotsOf({ metric, from, to }: Question<AskedMetric>, is: Fixture["is"]) {
  const late = addDays(today(is), LATE_DAYS_AGO);
  const isCounted = !isDerived(metric) && metric.robots;
  return from <= late && late <= to && !isCounted && !is.empty && !is.old ? { robots: ROBOTS } : {};
}

/** As the API: of an answer of nothing, or one that begins before there is data. */
function dataOf(from: string, total: number, is: Fixture["is"]) {
  if (is.empty || (from >= FIRST_DAY && total !== 0)) return {};
  return { data_from: FIRST_DAY, data_to: is.old ? OLD_DAY : today(is) };
}

type Grouped = { dimension: string; where: Filters; total: number; limit: number };

function groupsOf({ dimension, where, total, limit }: Grouped) {
  const only = Object.entries(where).find(([name]) => name === dimension)?.[1];
  if (only !== undefined) return { groups: [{ key: only, value: total }], groups_total: 1 };
  const groups = Object.entries(sharesOf(dimension))
    .map(([key, share]) => ({ key, value: Math.round(total * share) }))
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value);
  return { groups: groups.slice(0, limit), groups_total: groups.length };
}

function valueOn(metric: AskedMetric, where: Filters, day: string, is: Fixture["is"]): number {
  if (is.empty || (is.old && day > OLD_DAY)) return 0;
  const noise = Math.sin(Date.parse(day) / 7e8);
  if (metric.value.kind === "ratio") return rateOf(metric, noise);
  const share = Object.entries(where).reduce((all, [dimension, value]) => all * (sharesOf(dimension)[value] ?? 0), 1);
  const whole = numberOn(metric.name, day, FIRST_DAY) * share;
  if (day !== today(is)) return Math.round(whole);
  const minutes =
    Number(minuteOf(is.now, TIME_ZONE).slice(11, 13)) * 60 + Number(minuteOf(is.now, TIME_ZONE).slice(14));
  return Math.round(whole * (minutes / 1440)) + is.moved;
}

function rateOf(metric: AskedMetric, noise: number): number {
  const format = isDerived(metric) ? metric.format : undefined;
  if (format === "milliseconds") return 94_000 + 20_000 * noise;
  return format === "percent" ? 0.41 + 0.07 * noise : 2.7 + noise / 3;
}

function liveAnswer(request: { metric: string; query: string }, is: Fixture["is"]) {
  const { metric, where, minutes, groups } = readLiveQuestion(request, catalog);
  const perMinute = valueOn(metric, where, addDays(today(is), -1), is) / 1440;
  if (groups !== undefined) {
    const total = Math.round(perMinute * minutes) + is.moved;
    const { by, limit } = groups;
    const since = new Date(is.now - minutes * 60_000).toISOString();
    const listed = groupsOf({ dimension: by[0] ?? "", where, total, limit });
    return { metric: metric.name, timezone: TIME_ZONE, since, total, ...listed };
  }
  const list = Array.from({ length: minutes }, (_, i) => {
    const minute = minuteOf(is.now - (minutes - 1 - i) * 60_000, TIME_ZONE);
    const noise = 0.55 + 0.9 * Math.abs(Math.sin(Date.parse(`${minute}Z`) / 60_000));
    return { minute, value: Math.round(perMinute * noise) + (i === minutes - 1 ? is.moved : 0) };
  });
  return {
    metric: metric.name,
    timezone: TIME_ZONE,
    minutes: list,
    total: list.reduce((all, { value }) => all + value, 0),
  };
}

function statusAnswer(is: Fixture["is"]) {
  const day = today(is);
  const late = is.old ? OLD_DAY : addDays(day, LATE_DAYS_AGO);
  const short = addDays(day, -9);
  const isQuiet = is.empty || is.old;
  const days = isQuiet ? [] : daysBetween(addDays(day, -13), day).reverse();
  return {
    timezone: TIME_ZONE,
    today: day,
    has_events: !is.empty,
    sealed_through: is.empty ? null : addDays(day, -1),
    open_days: is.empty ? [] : [late, day],
    late_days: is.empty ? [] : [late],
    reused_ids: is.flooded ? [{ day: short, ids: 71 }] : [],
    bounded_days: is.flooded ? [{ day, breakdowns: ["clicks by target", "page_views by app+path"] }] : [],
    drift: [],
    short_days: isQuiet ? [] : [{ day: short, missing: 214 }],
    days: days.map((one, i) => {
      const seen = numberOn("events", one, FIRST_DAY) + (one === late ? 37 : 0);
      const rows = one === short ? seen - 214 : one === late ? seen - 37 : seen;
      if (i === 0)
        return {
          day: one,
          seen: Math.round(seen * 0.6) + is.moved,
          robots: 0,
          lake_rows: null,
          sealed_rows: null,
          sealed_at: null,
          drift: null,
        };
      return {
        day: one,
        seen,
        robots: one === late ? ROBOTS : 0,
        lake_rows: one === late ? seen : rows,
        sealed_rows: rows,
        sealed_at: `${addDays(one, 1)}T00:20:11+09:00`,
        drift: one === short ? null : 0,
      };
    }),
    rejected: isQuiet ? { today: none, last_7_days: none, samples: [] } : { ...rejected, samples: samplesOf(day) },
    refused: isQuiet ? { today: [], last_7_days: [] } : refused,
    sources: isQuiet ? [] : sources,
    snapshots: isQuiet ? [] : snapshots,
    last_batch_run: is.empty
      ? null
      : {
          started_at: "2026-11-22T05:05:00.102Z",
          ended_at: "2026-11-22T05:05:04.518Z",
          sealed: [],
          waiting: [late],
          failed: [],
        },
  };
}

const counts = (rows: number, rejected = 0, refused = 0) => ({ rows, rejected, refused });
const sources = [
  {
    source: "apps",
    last_seen: "2026-11-22T05:09:58.000Z",
    lag_ms: 2400,
    today: counts(24_203, 19, 12_034),
    last_7_days: counts(445_382, 175, 12_941),
    refused: [
      { reason: "key", requests: 12_900 },
      { reason: "rate", requests: 41 },
    ],
  },
  { source: "pixel", last_seen: null, lag_ms: null, today: counts(0), last_7_days: counts(0, 3), refused: [] },
  {
    source: "otlp",
    last_seen: "2026-11-22T05:09:41.000Z",
    lag_ms: 190_000,
    today: counts(4120),
    last_7_days: counts(61_001),
    refused: [],
  },
  {
    source: "kafka",
    last_seen: "2026-11-09T20:11:02.000Z",
    lag_ms: 800,
    today: counts(0),
    last_7_days: counts(0, 4),
    refused: [],
  },
];

const snapshots = [
  {
    source: "shop",
    at: "2026-11-22T05:05:01.000Z",
    consistent: true,
    tables: [
      { table: "public.orders", rows: 1_204_331, checksum: "169338512345678901", kept: 3, skipped: 0 },
      { table: "public.customers", rows: 88_014, checksum: "12345678901234567", kept: 0, skipped: 0 },
    ],
    failed: null,
  },
  {
    source: "cache",
    at: "2026-11-22T04:05:01.000Z",
    consistent: false,
    tables: [{ table: "0", rows: 51_200, checksum: "7205759403792794", kept: 0, skipped: 12 }],
    failed: { at: "2026-11-22T05:05:09.000Z", message: "Cannot log in to cache.example: WRONGPASS" },
  },
];

const refused = {
  today: [{ reason: "key", app: "", requests: 12034 }],
  last_7_days: [
    { reason: "key", app: "", requests: 12900 },
    { reason: "rate", app: "web", requests: 41 },
  ],
};

const none = { total: 0, reasons: [] };
const rejected = {
  today: {
    total: 19,
    reasons: [
      { reason: "amount", value: 12 },
      { reason: "name", value: 7 },
    ],
  },
  last_7_days: {
    total: 182,
    reasons: [
      { reason: "amount", value: 96 },
      { reason: "name", value: 55 },
      { reason: "url", value: 27 },
      { reason: "", value: 4 },
    ],
  },
};

/** What strangers sent; deliberately something that a page must not run. */
function samplesOf(day: string) {
  return [
    {
      reason: "amount",
      received_at: `${day}T05:20:58.114Z`,
      app: "web",
      errors: [
        { path: "amount", message: 'Expected a whole number in minor units, got "29,000"' },
        { path: "currency", message: "Expected three letters such as KRW, got nothing" },
      ],
      raw: '{"name":"payment","amount":"29,000"}',
    },
    {
      reason: "name",
      received_at: `${day}T05:02:11.900Z`,
      app: "app",
      errors: [{ path: "name", message: 'Expected lowercase words joined by _, got "<img src=x>"' }],
      raw: '{"name":"<img src=x onerror=alert(1)>","title":"</pre><script>alert(1)</script>"}',
    },
    { reason: "", received_at: `${addDays(day, -2)}T11:40:00.000Z`, app: "", errors: [], raw: "=1+1" },
  ];
}

function today(is: Fixture["is"]): string {
  return dayOf(is.now, TIME_ZONE);
}
