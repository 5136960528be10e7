import { expect, test } from "vitest";
import { catalog, derivedMetrics, findMetric } from "../../src/metrics/catalog.ts";
import { listens } from "../../src/metrics/define-metric.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment } from "../fixtures/increments.ts";

const allMetrics = [...catalog, ...derivedMetrics];

/** A row with every dimension, each with its own name as its value. */
const full = {
  occurred_at: "2026-03-09T03:00:00.000Z",
  app: "app",
  host: "host",
  path: "path",
  entry_path: "entry",
  previous_path: "previous",
  page_number: 1,
  elapsed_ms: 1200,
  target: "target",
  referrer_host: "referrer",
  channel: "channel",
  utm_source: "source",
  utm_medium: "medium",
  utm_campaign: "campaign",
  utm_term: "term",
  utm_content: "content",
  country: "KR",
  language: "ko",
  device: "mobile",
  browser: "Chrome",
  os: "Android",
  currency: "KRW",
  method: "GET",
  amount: 1200,
  visitor_id: "v1",
  user_register: 7,
  user_rank: 1,
};

function countersOf(row: Parameters<typeof clickRow>[0]): Map<string, Increment[]> {
  const increments = createIncrements(catalog, "Asia/Seoul");
  increments.add(clickRow({ ...full, ...row }), false);
  return Map.groupBy(dayIncrements(increments), ({ metric }) => metric);
}

const keysOf = (counters: Map<string, Increment[]>, metric: string) => counters.get(metric)?.map(({ key }) => key);
const source = ["referrer", "channel", "source", "medium", "campaign", "term", "content"];
const client = ["KR", "mobile", "Chrome", "Android"];
const page = ["app", "host", "path", ...source, ...client, "ko"];
const visit = ["app", "host", ...source, ...client, "ko"];
const hours = ["12", "app+12"];
const inKrw = (keys: string[]) =>
  keys.map((key) => (key === "12" ? "KRW+12" : key === "app+12" ? "app+KRW+12" : `${key}+KRW`));

test.each([
  ["page_view", "page_views", ["", ...page, "app+path", ...hours]],
  ["page_view", "visits", ["", ...page, "app+path", ...hours]],
  ["page_view", "visit_pages", ["", ...visit, "path", "entry", "app+path", "app+entry"]],
  ["click", "visit_duration", ["", ...visit, "entry"]],
  ["click", "clicks", ["", "target", ...page, "app+target", "target+mobile", ...hours]],
  ["impression", "impressions", ["", "target", ...page, ...hours]],
  ["login", "logins", ["", ...page, ...hours]],
  ["payment", "payments", ["", "target", "KRW", ...page, ...hours]],
  ["payment", "revenue", ["KRW", ...inKrw(["target", ...page, ...hours])]],
])("one %s is found in %s under its values", (name, metric, keys) => {
  const counters = countersOf({ name });
  expect(keysOf(counters, metric)).toEqual(keys);
  expect(new Set(counters.get(metric)?.map(({ value }) => value))).toEqual(
    new Set([metric === "revenue" || metric === "visit_duration" ? 1200n : 1n]),
  );
});

test.each(["page_view", "click", "impression", "login", "payment", "anything_else"])(
  "a %s is an event of a visitor and of a user",
  (name) => {
    const counters = countersOf({ name });
    expect(keysOf(counters, "events")).toEqual(["", name, "target", ...page, `app+${name}`, ...hours]);
    expect(keysOf(counters, "visitors")).toEqual(["", name, ...page, ...hours]);
    expect(keysOf(counters, "users")).toEqual(["", name, ...page, ...hours]);
    expect(counters.get("users")?.[0]?.value).toEqual(new Map([[7, 1]]));
    expect(counters.get("visitors")?.[0]?.value).not.toEqual(new Map([[7, 1]]));
  },
);

test("visitors and users are sets, revenue is a sum, and all else is counted", () => {
  const values = catalog.filter(({ value }) => value.kind !== "count").map(({ name, value }) => [name, value]);
  expect(values).toEqual([
    ["visit_duration", { kind: "sum", column: "elapsed_ms" }],
    ["revenue", { kind: "sum", column: "amount" }],
    ["visitors", { kind: "distinct", of: "visitor" }],
    ["users", { kind: "distinct", of: "user" }],
  ]);
});

test("a line of an access log is a request, not an event", () => {
  const counters = countersOf({ name: "access_log", status: 404 });
  expect([...counters.keys()]).toEqual(["requests"]);
  expect(keysOf(counters, "requests")).toEqual([
    "",
    "app",
    "host",
    "path",
    "404",
    "GET",
    "referrer",
    ...client,
    "app+404",
    ...hours,
  ]);
});

test.each([
  [499, undefined],
  [500, ["", "app", "host", "path", "500", "GET", "referrer", ...client, ...hours]],
  [503, ["", "app", "host", "path", "503", "GET", "referrer", ...client, ...hours]],
])("a request with status %i is an error only when the server failed", (status, keys) => {
  expect(keysOf(countersOf({ name: "access_log", status }), "errors")).toEqual(keys);
});

test("robots are in the numbers of access logs alone", () => {
  expect([...countersOf({ name: "page_view", is_bot: true }).keys()]).toEqual([]);
  expect([...countersOf({ name: "payment", is_bot: true }).keys()]).toEqual([]);
  expect([...countersOf({ name: "access_log", status: 500, is_bot: true }).keys()]).toEqual(["requests", "errors"]);
});

test.each([
  ["page_view", ["page_views", "visits", "continued_visits", "visit_pages", "next_pages", "visit_duration"]],
  ["click", ["visit_duration", "clicks"]],
  ["impression", ["visit_duration", "impressions"]],
  ["login", ["visit_duration", "logins"]],
  ["payment", ["visit_duration", "payments", "revenue"]],
  ["sign_up", ["visit_duration"]],
])("beside what all events are in, a %s is in %j", (name, own) => {
  const names = catalog.filter((metric) => listens(metric, name)).map((metric) => metric.name);
  expect(names).toEqual([...own, "events", "visitors", "users"]);
});

test("what an event adds to a visit of another day is no event", () => {
  const counters = countersOf({ name: "visit.part", page_number: 2 });
  expect([...counters.keys()]).toEqual(["continued_visits", "visit_pages", "next_pages", "visit_duration"]);
  expect(keysOf(counters, "continued_visits")).toEqual(["", ...visit, "entry", "app+entry"]);
  expect(keysOf(counters, "next_pages")).toEqual(["", "app", "previous", "app+previous"]);
});

test.each([
  [undefined, []],
  [1, ["visits", "visit_pages"]],
  [2, ["continued_visits", "visit_pages", "next_pages"]],
  [3, ["visit_pages", "next_pages"]],
])("a page numbered %j is in %j", (page_number, own) => {
  const counters = countersOf({ name: "page_view", page_number, elapsed_ms: undefined });
  expect([...counters.keys()].filter((name) => /visit(s|_)|next/.test(name))).toEqual(own);
});

test("a time of 0 is none", () => {
  expect(countersOf({ name: "click", elapsed_ms: 0 }).has("visit_duration")).toBe(false);
});

test("every metric says in one line what it is, as no other does", () => {
  const titles = allMetrics.map(({ title }) => title);
  for (const title of titles) expect(title).toMatch(/^[A-Z][^\n]+[^.]$/);
  expect(new Set(titles).size).toBe(titles.length);
});

test("a metric is found by its name", () => {
  expect(findMetric("revenue")?.unit).toBe("currency");
  expect(findMetric("errors")?.name).toBe("errors");
  expect(findMetric("nothing")).toBeUndefined();
});

test("every metric has a name of its own", () => {
  const names = allMetrics.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
