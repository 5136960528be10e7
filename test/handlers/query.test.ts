import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from "vitest";
import { parseExact } from "../../src/dashboard/ask/whole.ts";
import { addDays } from "../../src/metrics/time-bucket.ts";
import {
  liveAnswer,
  liveGroupsAnswer,
  metricAnswer,
  metricsAnswer,
  runningAnswer,
  statusAnswer,
} from "../../src/schemas/api/answer.ts";
import type { RejectedRow } from "../../src/schemas/tables/rejected-columns.ts";
import { clickRow } from "../fixtures/event-rows.ts";
import { slowTest, test } from "../gears.ts";
import { arrived, hold } from "../local/held.ts";
import { type Stage, startStage } from "./local-stage.ts";

let stage: Stage;
/** Each test has its own days, a month after those of the previous test. */
let day = "2026-01-15";
const yesterday = () => addDays(day, -1);

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => {
  day = addDays(day, 30);
  at(`${day}T12:00`);
});
afterEach(() => {
  stage.faults.set([]);
  vi.useRealTimers();
});

/** Sets the clock to a time in Seoul. */
function at(local: string) {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(`${local}:00+09:00`) });
}

const on = (of: string) => ({ occurred_at: `${of}T03:00:00.000Z` });
const rows = (count: number, changes: Parameters<typeof clickRow>[0]) =>
  Array.from({ length: count }, () => clickRow(changes));
const starts = () => stage.faults.report()["athena.start"]?.passed ?? 0;

/** Yesterday with 3 clicks on a and 1 on b, sealed; today 2 on b and 1 without a target. */
async function twoDays() {
  await stage.take(rows(3, { target: "a", ...on(yesterday()) }), rows(1, { target: "b", ...on(yesterday()) }));
  await stage.batch();
  await stage.take(rows(2, { target: "b" }), rows(1, { target: undefined }));
}

test("a number is history and the present, by group and by day", async () => {
  await twoDays();
  const { status, headers, body } = await stage.get(`/v1/metrics/clicks?from=${yesterday()}&by=target&interval=day`);
  expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
  expect(metricAnswer.parse(body)).toEqual({
    metric: "clicks",
    from: yesterday(),
    to: day,
    timezone: "Asia/Seoul",
    sealed_through: yesterday(),
    total: 7,
    history: 4,
    realtime: 3,
    series: [
      { day: yesterday(), value: 4 },
      { day, value: 3 },
    ],
    groups: [
      { key: "a", value: 3 },
      { key: "b", value: 3 },
      { key: "", value: 1 },
    ],
    groups_total: 3,
  });
});

slowTest("filters choose events in both layers", async () => {
  await twoDays();
  const total = async (query: string) =>
    (await stage.get(`/v1/metrics/clicks?from=${yesterday()}&${query}`)).body.total;
  expect([await total("target=b"), await total("target="), await total("target=c"), await total("app=web")]).toEqual([
    3, 1, 0, 7,
  ]);
});

slowTest("filters and groups hold any text, whatever SQL or keys make of it", async () => {
  const texts = [
    "it's",
    "a+b",
    "50%",
    "%2B",
    "#1",
    "'; drop table rollups --",
    "한국어",
    "\\",
    "?",
    '"',
    "a\nb",
    "null",
    "\ufeffmarked",
    "marked",
  ];
  await stage.take(texts.map((target) => clickRow({ target, device: "mobile", ...on(yesterday()) })));
  await stage.batch();
  await stage.take(texts.map((target) => clickRow({ target, device: "mobile" })));
  for (const target of texts) {
    const query = new URLSearchParams({ from: yesterday(), target, by: "device" });
    const { body } = await stage.get(`/v1/metrics/clicks?${query}`);
    expect([target, body.history, body.realtime, body.groups]).toEqual([target, 1, 1, [{ key: "mobile", value: 2 }]]);
  }
  const { body } = await stage.get(`/v1/metrics/clicks?from=${yesterday()}&by=target`);
  expect(body.groups.map(({ key }: { key: string }) => key).sort()).toEqual(texts.toSorted());
});

slowTest("sums pass 64 bits exactly", async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const payments = (changes: object) => rows(1500, { name: "payment", currency: "KRW", amount: most, ...changes });
  await stage.take(payments(on(yesterday())));
  await stage.batch();
  await stage.take(payments({}));
  const { text } = await stage.get(`/v1/metrics/revenue?from=${yesterday()}&currency=KRW`);
  const half = BigInt(most) * 1500n;
  expect(text).toContain(`"total":${half * 2n},"history":${half},"realtime":${half}`);
});

slowTest("who came on both days counts once", async () => {
  const visitors = (from: number, to: number, of: string) =>
    Array.from({ length: to - from }, (_, i) => clickRow({ visitor_id: `v${from + i}`, ...on(of) }));
  await stage.take(visitors(0, 10, yesterday()));
  await stage.batch();
  await stage.take(visitors(5, 12, day));
  const { body } = await stage.get(`/v1/metrics/visitors?from=${yesterday()}&interval=day`);
  expect(body).toMatchObject({ total: 12, history: 10, realtime: 2, series: [{ value: 10 }, { value: 7 }] });
});

slowTest("a repeated question starts no query, not even in another container", async () => {
  await twoDays();
  stage.faults.set([{ point: "athena.start", action: "delay", delayMs: 0 }]);
  const path = `/v1/metrics/clicks?from=${yesterday()}&by=target`;
  const first = await stage.get(path);
  expect(starts()).toBe(1);
  expect(await stage.get(path)).toEqual(first);
  expect(await stage.getFromNewContainer(path)).toEqual(first);
  expect(starts()).toBe(1);
});

slowTest("a new rollup makes kept answers out of date", async () => {
  await twoDays();
  const path = `/v1/metrics/clicks?from=${yesterday()}`;
  expect((await stage.get(path)).body.total).toBe(7);
  await stage.take(rows(2, on(yesterday())));
  expect((await stage.get(path)).body).toMatchObject({ total: 9, history: 0 });
  await stage.batch();
  expect((await stage.get(path)).body).toMatchObject({ total: 9, history: 6 });
});

test("a question without sealed days starts no query", async () => {
  await stage.take(rows(2, {}));
  stage.faults.set([{ point: "athena.start", action: "error" }]);
  expect((await stage.get(`/v1/metrics/clicks?from=${day}`)).body.total).toBe(2);
});

slowTest("a question that outlasts the caller is answered 202, goes on, and is ready at a later call", async () => {
  await twoDays();
  stage.faults.set([hold("athena.queue")]);
  const path = `/v1/metrics/clicks?from=${yesterday()}`;
  const waiting = stage.get(path);
  await arrived(stage.faults, "athena.queue");
  at(`${day}T12:01`);
  const { status, headers, body } = await waiting;
  expect([status, headers["retry-after"], starts()]).toEqual([202, "2", 1]);
  expect(runningAnswer.parse(body)).toEqual(body);
  stage.faults.set([{ point: "athena.start", action: "delay", delayMs: 0 }]);
  const answers = await Promise.all([stage.get(path), stage.getFromNewContainer(path)]);
  expect(answers.map((answer) => answer.body.total)).toEqual([7, 7]);
  expect(starts()).toBe(0);
});

slowTest("a query that fails is a 502, and is asked again the next minute", async () => {
  await twoDays();
  const path = `/v1/metrics/clicks?from=${yesterday()}`;
  stage.faults.set([{ point: "athena.run", action: "error", times: 1 }]);
  const { status, body } = await stage.get(path);
  expect([status, body.detail]).toEqual([502, "Cannot answer: the query of sealed days failed; ask again"]);
  at(`${day}T12:01`);
  expect((await stage.get(path)).body.total).toBe(7);
});

slowTest("an execution that failed while nobody waited for it is replaced", async () => {
  await twoDays();
  const path = `/v1/metrics/clicks?from=${yesterday()}`;
  stage.faults.set([hold("athena.queue")]);
  const waiting = stage.get(path);
  await arrived(stage.faults, "athena.queue");
  at(`${day}T12:01`);
  expect((await waiting).status).toBe(202);
  stage.faults.set([{ point: "athena.run", action: "error", times: 1 }]);
  await arrived(stage.faults, "athena.run");
  expect((await stage.get(path)).body.total).toBe(7);
});

slowTest("Athena that takes no query is a 503 with the time to wait", async () => {
  await twoDays();
  stage.faults.set([{ point: "athena.start", action: "error", status: 400, code: "TooManyRequestsException" }]);
  const { status, headers } = await stage.get(`/v1/metrics/clicks?from=${yesterday()}`);
  expect([status, headers["retry-after"]]).toEqual([503, "5"]);
});

test("live minutes come with zeros, the newest last", async () => {
  await stage.take(rows(2, {}));
  at(`${day}T12:02`);
  await stage.take(rows(1, {}));
  const { body } = await stage.get("/v1/live/clicks?minutes=4");
  expect(liveAnswer.parse(body)).toEqual({
    metric: "clicks",
    timezone: "Asia/Seoul",
    minutes: [
      { minute: `${day}T11:59`, value: 0 },
      { minute: `${day}T12:00`, value: 2 },
      { minute: `${day}T12:01`, value: 0 },
      { minute: `${day}T12:02`, value: 1 },
    ],
    total: 3,
  });
});

test("live minutes of a metric with a unit are of one unit", async () => {
  await stage.take(
    rows(2, { name: "payment", currency: "KRW", amount: 5 }),
    rows(1, { name: "payment", currency: "USD", amount: 7 }),
  );
  expect((await stage.get("/v1/live/revenue?currency=KRW")).body.total).toBe(10);
  expect((await stage.get("/v1/live/revenue")).status).toBe(400);
  expect((await stage.get("/v1/live/visitors")).body.total).toBe(0);
});

test("the groups of the last minutes are of what arrived in them, whenever it happened, and name the rest", async () => {
  await stage.take(rows(5, { target: "a" }));
  at(`${day}T12:10`);
  const late = { target: "b", occurred_at: `${day}T01:00:00.000Z` };
  await stage.take(rows(2, { target: undefined }), rows(3, late), rows(9, { target: "c", ...on(yesterday()) }));
  await stage.take(rows(1, { target: "a" }));
  const { body } = await stage.get("/v1/live/clicks?minutes=10&by=target&limit=2");
  expect(liveGroupsAnswer.parse(body)).toEqual({
    metric: "clicks",
    timezone: "Asia/Seoul",
    since: `${day}T03:01:00.000Z`,
    total: 6,
    groups: [
      { key: "b", value: 3 },
      { key: "", value: 2 },
    ],
    groups_total: 3,
    other: 1,
  });
  expect((await stage.get("/v1/live/clicks?minutes=11&by=target")).body).toMatchObject({ total: 11, groups_total: 3 });
});

test("the groups of the last minutes reach across midnight, take filters, and count a visitor once in total", async () => {
  at(`${day}T23:59`);
  const visitor = (register: number) => ({ visitor_register: register, visitor_rank: 1 });
  await stage.take(rows(2, { path: "/a", device: "mobile", ...visitor(1), day, occurred_at: `${day}T14:59:00.000Z` }));
  const next = addDays(day, 1);
  at(`${next}T00:01`);
  const after = { day: next, occurred_at: `${day}T15:01:00.000Z` };
  await stage.take(
    rows(2, { path: "/b", device: "mobile", ...visitor(1), ...after }),
    rows(1, { path: "/b", device: "desktop", ...visitor(2), ...after }),
  );
  const ask = async (path: string) => (await stage.get(`/v1/live/${path}`)).body;
  const total = { metric: "visitors", total: 2, groups_total: 2 };
  const groups = [
    { key: "/b", value: 2 },
    { key: "/a", value: 1 },
  ];
  expect(await ask("visitors?by=path")).toMatchObject({ ...total, groups });
  expect((await ask("visitors?by=path&minutes=2")).groups).toEqual([{ key: "/b", value: 2 }]);
  expect(await ask("clicks?by=target&device=mobile")).toMatchObject({ total: 4, groups_total: 1 });
});

test("the list of metrics says what can be asked", async () => {
  const { body } = await stage.get("/v1/metrics");
  const { metrics } = metricsAnswer.parse(body);
  expect(metrics.find(({ name }) => name === "revenue")).toEqual({
    name: "revenue",
    title: "Sum of payments in minor units, refunds subtracted",
    value: "sum",
    unit: "currency",
    minor_units: expect.objectContaining({ JPY: 0, IQD: 3 }),
    dimensions: expect.arrayContaining(["currency", "app", "target", "utm_campaign"]),
    combinations: expect.arrayContaining([["currency"], ["app", "currency"]]),
    hourly: [["currency"], ["app", "currency"]],
    groups_listed: 10_000,
  });
  expect(metrics[0]?.unit).toBeNull();
  expect(metrics.flatMap(({ dimensions, combinations }) => [dimensions, ...combinations]).flat()).not.toContain("hour");
});

slowTest("the status says what is sealed, what is open and what came", async () => {
  await twoDays();
  await stage.take(rows(1, on(addDays(day, -3))));
  const { body } = await stage.get("/v1/status");
  expect(statusAnswer.parse(body)).toMatchObject({
    timezone: "Asia/Seoul",
    today: day,
    sealed_through: yesterday(),
    open_days: [addDays(day, -3), day],
    late_days: [addDays(day, -3)],
    days: [
      { day, seen: 3, lake_rows: null, sealed_rows: null, sealed_at: null },
      { day: yesterday(), seen: 4, lake_rows: 4, sealed_rows: 4, sealed_at: `${day}T03:00:00.000Z` },
      { day: addDays(day, -3), seen: 1 },
    ],
    rejected: { today: { total: 0, reasons: [] }, samples: [] },
    last_batch_run: { started_at: `${day}T03:00:00.000Z`, sealed: expect.arrayContaining([yesterday()]), failed: [] },
  });
});

const rejected = (changes: Partial<RejectedRow>) => ({
  received_at: `${day}T03:00:00.000Z`,
  day,
  app: "web",
  reason: "target",
  errors: "[]",
  raw: "{}",
  ...changes,
});

test("the status counts rejected events by reason", async () => {
  await stage.stream(
    [rejected({}), rejected({}), rejected({ reason: "name" })],
    [rejected({ reason: "name", day: yesterday() })],
  );
  expect((await stage.get("/v1/status")).body.rejected).toMatchObject({
    today: {
      total: 3,
      reasons: [
        { reason: "target", value: 2 },
        { reason: "name", value: 1 },
      ],
    },
    last_7_days: {
      total: 4,
      reasons: [
        { reason: "name", value: 2 },
        { reason: "target", value: 2 },
      ],
    },
  });
});

test("the status counts refused requests by reason and app", async () => {
  await stage.stream([{ ...rejected({ reason: "key", app: "" }), requests: 40 }], [rejected({ reason: "after" })]);
  await stage.stream([{ ...rejected({ reason: "key", app: "" }), requests: 2 }]);
  const { body } = await stage.get("/v1/status");
  expect(statusAnswer.parse(body).refused.today).toEqual([{ reason: "key", app: "", requests: 42 }]);
});

test("the status shows a sample of each reason, the newest first", async () => {
  const errors = [
    { path: "target", message: "Expected text, got 42" },
    { path: "url", message: "Expected an address, got nothing" },
  ];
  const older = { reason: "", received_at: `${day}T02:00:00.000Z`, app: "app", errors: "no JSON", raw: '{"<b>' };
  await stage.stream([rejected(older), rejected({ errors: JSON.stringify(errors), raw: '{"target":42}' })]);
  const { body } = await stage.get("/v1/status");
  expect(statusAnswer.parse(body).rejected.samples).toEqual([
    { reason: "target", received_at: `${day}T03:00:00.000Z`, app: "web", errors, raw: '{"target":42}' },
    { ...older, errors: [] },
  ]);
});

test("the status shows at most 20 samples, of the most frequent reasons", async () => {
  const reasons = Array.from({ length: 30 }, (_, i) => `reason ${i}`);
  const frequent = reasons.slice(5, 25);
  await stage.stream(reasons.slice(0, 20).map((reason) => rejected({ reason })));
  await stage.stream(reasons.slice(20).map((reason) => rejected({ reason })));
  await stage.stream(frequent.map((reason) => rejected({ reason })));
  const { body } = await stage.get("/v1/status");
  const shown = statusAnswer.parse(body).rejected.samples.map(({ reason }) => reason);
  expect(shown).toEqual(frequent.sort());
});

test.each([
  {},
  { authorization: "rt_test" },
  { authorization: "Bearer rt_tes" },
  { authorization: "Bearer " },
  { authorization: "Basic cnRfdGVzdA==" },
])("reading with the headers %j is refused", async (headers) => {
  for (const path of ["/v1/metrics", "/v1/metrics/clicks", "/v1/live/clicks", "/v1/status"]) {
    const answer = await stage.get(path, { ...headers });
    expect([answer.status, answer.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("Bearer")]);
  }
});

test("the scheme of the token is read in any case", async () => {
  expect((await stage.get("/v1/metrics", { authorization: "bearer rt_test" })).status).toBe(200);
});

test("what cannot be answered says why", async () => {
  expect(await stage.get("/v1/metrics/nonsense")).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining("page_views") },
  });
  expect(await stage.get("/v1/metrics/clicks?from=x")).toMatchObject({ status: 400 });
});

slowTest(
  "a breakdown that sealed days were not rolled up with is named, never taken for 0, until they are rolled up again",
  async () => {
    const before = addDays(yesterday(), -1);
    await stage.take(rows(3, { target: "a", ...on(before) }), rows(2, { target: "a", ...on(yesterday()) }));
    await stage.batch();
    const folder = `s3://daymark-test-lake/rollups/dt=${before}/run=less/`;
    await stage.sql(`UNLOAD (select metric, dimensions, keys, events, value, amount, sketch from rollups
    where dt = '${before}' and dimensions <> 'target') TO '${folder}' WITH (format = 'PARQUET', compression = 'SNAPPY')`);
    await stage.sql(`ALTER TABLE rollups PARTITION (dt = '${before}') SET LOCATION '${folder}'`);
    await stage.ledger.bumpVersion(before);
    await stage.take(rows(1, { target: "a" }));
    const path = `/v1/metrics/clicks?from=${before}`;
    for (const question of ["&target=a", "&by=target", "&target=a&interval=day"]) {
      const { status, body } = await stage.get(`${path}${question}`);
      expect(status).toBe(200);
      expect(metricAnswer.parse(body)).toMatchObject({
        total: 3,
        history: 2,
        incomplete_from: before,
        incomplete_days: 1,
        rebuild: { from: before, to: before },
      });
    }
    const whole = (await stage.get(path)).body;
    expect([whole.total, whole.incomplete_from]).toEqual([6, undefined]);
    const { body } = await stage.get(`${path}&target=a`);
    expect((await stage.batch({ rebuild: body.rebuild })).sealed).toEqual([before]);
    const mended = (await stage.get(`${path}&target=a`)).body;
    expect([mended.total, mended.incomplete_from]).toEqual([6, undefined]);
  },
);

slowTest("a mark of byte order at the start of a text is part of it: the group and its filter agree", async () => {
  const targets = ["\ufeffx", "x", "\ufeff"];
  await stage.take(targets.map((target) => clickRow({ target, ...on(yesterday()) })));
  await stage.batch();
  await stage.take(targets.map((target) => clickRow({ target })));
  const path = `/v1/metrics/clicks?from=${yesterday()}`;
  const { body } = await stage.get(`${path}&by=target`);
  expect(body.groups).toEqual(targets.toSorted().map((key) => ({ key, value: 2 })));
  for (const target of targets)
    expect((await stage.get(`${path}&target=${encodeURIComponent(target)}`)).body).toMatchObject({
      history: 1,
      total: 2,
    });
});

slowTest("a sum that no double holds has all its digits on the wire, from history and from the present", async () => {
  const most = Number.MAX_SAFE_INTEGER;
  const payments = (of: string) => rows(3, { name: "payment", currency: "KRW", amount: most, ...on(of) });
  await stage.take(payments(yesterday()));
  await stage.batch();
  await stage.take(payments(day), rows(1, { name: "payment", currency: "KRW", amount: 4, ...on(day) }));
  const { text } = await stage.get(`/v1/metrics/revenue?from=${yesterday()}&by=currency`);
  const [sealed, all] = [BigInt(most) * 3n, BigInt(most) * 6n + 4n];
  expect(text).toContain(`"groups":[{"key":"KRW","value":${all}}]`);
  const one = await stage.get(`/v1/metrics/revenue?from=${yesterday()}&currency=KRW&interval=day`);
  expect(one.text).toContain(`"total":${all},"history":${sealed},"realtime":${all - sealed}`);
  expect(parseExact(one.text)).toMatchObject({ total: all, series: [{ value: sealed }, { value: all - sealed }] });
});
