import { describe, expect, test } from "vitest";
import { defineMetric } from "../../../src/metrics/define-metric.ts";
import type { Tally } from "../../../src/metrics/merge.ts";
import { type StatusParts, sampledReasons, toMetrics, toStatus } from "../../../src/query/status/status.ts";
import { statusAnswer } from "../../../src/schemas/api/answer.ts";
import type { LedgerDay, RollupState } from "../../../src/table/days/day-state.ts";
import type { RejectedSample } from "../../../src/table/rejected-samples.ts";
import { ledgerDay } from "../../fixtures/ledger-day.ts";
import { rollupState } from "../../fixtures/rollup-state.ts";

const today = "2026-03-10";
const nothing = rollupState({ rollupVersion: 0 });
const status = (changes: Partial<StatusParts> = {}) =>
  toStatus({
    state: nothing,
    days: [],
    rejected: new Map(),
    rejectedBySource: new Map(),
    refused: new Map(),
    samples: [],
    snapshots: [],
    bounded: new Map(),
    since: "2026-03-04",
    today,
    timezone: "Asia/Seoul",
    ...changes,
  });
const stateWith = (changes: Partial<RollupState>) => status({ state: { ...nothing, ...changes } });
const tally = (counts: Record<string, bigint>): Tally => new Map(Object.entries(counts));
const sample = (changes: Partial<RejectedSample> = {}): RejectedSample => ({
  reason: "url",
  received_at: "2026-03-10T01:00:00.000Z",
  app: "web",
  errors: "[]",
  raw: "{}",
  ...changes,
});

test("the list of metrics says what each is measured in and what it can be asked by", () => {
  const views = defineMetric({
    name: "views",
    title: "Pages shown",
    on: ["page_view"],
    value: { kind: "count" },
    by: ["device", "app", ["path", "app"]],
  });
  const revenue = defineMetric({
    name: "revenue",
    title: "Money",
    on: ["payment"],
    value: { kind: "sum", column: "amount" },
    unit: "currency",
    by: ["app"],
  });
  expect(toMetrics([views, revenue])).toEqual({
    metrics: [
      {
        name: "views",
        title: "Pages shown",
        value: "count",
        unit: null,
        dimensions: ["device", "app", "path"],
        combinations: [[], ["device"], ["app"], ["app", "path"]],
        groups_listed: 10_000,
        hourly: [],
      },
      {
        name: "revenue",
        title: "Money",
        value: "sum",
        unit: "currency",
        minor_units: expect.objectContaining({ KRW: 0, KWD: 3 }),
        dimensions: ["currency", "app"],
        combinations: [["currency"], ["app", "currency"]],
        groups_listed: 10_000,
        hourly: [],
      },
    ],
  });
});

test("a stage that has seen nothing says so in every field, and never with a number that it does not know", () => {
  expect(status()).toEqual({
    timezone: "Asia/Seoul",
    today,
    has_events: false,
    sealed_through: null,
    open_days: [],
    late_days: [],
    short_days: [],
    reused_ids: [],
    bounded_days: [],
    drift: [],
    days: [],
    rejected: { today: { total: 0, reasons: [] }, last_7_days: { total: 0, reasons: [] }, samples: [] },
    refused: { today: [], last_7_days: [] },
    sources: [],
    snapshots: [],
    last_batch_run: null,
  });
});

describe("whether there are events", () => {
  test("does not depend on how far history is sealed: the watermark moves on without any", () => {
    expect(stateWith({ watermark: "2026-03-09" }).has_events).toBe(false);
  });

  test.each<[string, Partial<RollupState>]>([
    ["waits for its rollup", { open: new Map([["2015-05-17", 1]]) }],
    ["is rolled up", { rollupVersion: 1, watermark: "2026-03-09" }],
  ])("is told of a day years ago that %s, which is none of the last days", (_, state) => {
    expect(stateWith(state)).toMatchObject({ has_events: true, days: [] });
  });
});

describe("open days", () => {
  const open = new Map([
    ["2026-03-08", 1],
    ["2026-03-09", 4],
    [today, 2],
  ]);

  test("are late up to the day that history is sealed through, that day included", () => {
    expect(stateWith({ open, watermark: "2026-03-09" })).toMatchObject({
      sealed_through: "2026-03-09",
      open_days: ["2026-03-08", "2026-03-09", today],
      late_days: ["2026-03-08", "2026-03-09"],
    });
  });

  test("are not late while nothing is sealed", () => {
    expect(stateWith({ open })).toMatchObject({ sealed_through: null, late_days: [] });
  });
});

test("a day that was sealed short is named with the rows that it lacks", () => {
  const short = new Map([
    ["2026-03-01", 3],
    ["2026-02-01", 7],
  ]);
  expect(stateWith({ short }).short_days).toEqual([
    { day: "2026-03-01", missing: 3 },
    { day: "2026-02-01", missing: 7 },
  ]);
});

test("days come newest first, and what is unknown about one is null, not 0", () => {
  const days: LedgerDay[] = [
    ledgerDay({
      day: "2026-03-08",
      seen: 5,
      lakeRows: 0,
      sealedRows: 0,
      sealedAt: Date.parse("2026-03-09T01:02:03.004Z"),
    }),
    ledgerDay({ day: "2026-03-09", seen: 7, lakeRows: 6 }),
    ledgerDay({ day: today, seen: 1, robots: 3 }),
  ];
  expect(status({ days }).days).toEqual([
    { day: today, seen: 1, robots: 3, lake_rows: null, sealed_rows: null, sealed_at: null, drift: null },
    { day: "2026-03-09", seen: 7, robots: 0, lake_rows: 6, sealed_rows: null, sealed_at: null, drift: null },
    {
      day: "2026-03-08",
      seen: 5,
      robots: 0,
      lake_rows: 0,
      sealed_rows: 0,
      sealed_at: "2026-03-09T01:02:03.004Z",
      drift: null,
    },
  ]);
});

test("the last run of the batch has its times in UTC and the result of each day", () => {
  const lastRun = {
    startedAt: Date.parse("2026-03-10T01:00:00Z"),
    endedAt: Date.parse("2026-03-10T01:00:05Z"),
    sealed: ["2026-03-07", "2026-03-08"],
    waiting: ["2026-03-09"],
    failed: ["2026-01-01"],
    months: ["2026-02"],
  };
  expect(stateWith({ lastRun }).last_batch_run).toEqual({
    started_at: "2026-03-10T01:00:00.000Z",
    ended_at: "2026-03-10T01:00:05.000Z",
    sealed: ["2026-03-07", "2026-03-08"],
    waiting: ["2026-03-09"],
    failed: ["2026-01-01"],
  });
});

test("refused requests are said by reason and app, the most first", () => {
  const refused = new Map([
    ["2026-03-09", tally({ "key+": 5n })],
    [today, tally({ "key+": 1n, "rate+a%2Bb": 3n })],
  ]);
  expect(status({ refused }).refused).toEqual({
    today: [
      { reason: "rate", app: "a+b", requests: 3 },
      { reason: "key", app: "", requests: 1 },
    ],
    last_7_days: [
      { reason: "key", app: "", requests: 6 },
      { reason: "rate", app: "a+b", requests: 3 },
    ],
  });
  expect(status().refused).toEqual({ today: [], last_7_days: [] });
});

describe("rejected events", () => {
  const rejected = new Map([
    ["2026-03-09", tally({ url: 5n, "a%2Bb": 3n })],
    [today, tally({ "a%2Bb": 1n, amount: 2n })],
  ]);

  test("are counted for today and for all days, the most frequent reason first, as it was written", () => {
    expect(status({ rejected }).rejected).toMatchObject({
      today: {
        total: 3,
        reasons: [
          { reason: "amount", value: 2 },
          { reason: "a+b", value: 1 },
        ],
      },
      last_7_days: {
        total: 11,
        reasons: [
          { reason: "url", value: 5 },
          { reason: "a+b", value: 4 },
          { reason: "amount", value: 2 },
        ],
      },
    });
  });

  test("of other days are not counted for today", () => {
    expect(status({ rejected, today: "2026-03-11" }).rejected).toMatchObject({
      today: { total: 0, reasons: [] },
      last_7_days: { total: 11 },
    });
  });

  test("are sampled by the twenty reasons that are the most frequent of all days together", () => {
    // r1 to r30, each as often as its number. On one day r1 leads; over both days r30 does.
    const many = tally(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`r${i + 1}`, BigInt(i + 1)])));
    const reasons = sampledReasons(
      new Map([
        ["2026-03-09", many],
        [today, tally({ r1: 28n, "50%25": 40n })],
      ]),
    );
    expect(reasons).toHaveLength(20);
    expect(reasons.slice(0, 5)).toEqual(["50%", "r30", "r1", "r29", "r28"]);
    expect(reasons.at(-1)).toBe("r13");
  });
});

describe("samples", () => {
  test("are shown the newest first, and those of one instant by their reasons, however they come", () => {
    const samples = [
      sample({ reason: "b", received_at: "2026-03-10T01:00:00.000Z" }),
      sample({ reason: "d", received_at: "2026-03-09T23:00:00.000Z" }),
      sample({ reason: "a", received_at: "2026-03-10T01:00:00.000Z" }),
      sample({ reason: "c", received_at: "2026-03-10T01:00:00.001Z" }),
    ];
    const orderOf = (some: RejectedSample[]) => status({ samples: some }).rejected.samples.map(({ reason }) => reason);
    expect(orderOf(samples)).toEqual(["c", "a", "b", "d"]);
    expect(orderOf(samples.toReversed())).toEqual(["c", "a", "b", "d"]);
  });

  test("say which fields were wrong", () => {
    const errors = '[{"path":"url","message":"is missing"},{"path":"","message":"is no object","more":1}]';
    expect(status({ samples: [sample({ errors, raw: '{"name":"page_view"}' })] }).rejected.samples).toEqual([
      {
        reason: "url",
        received_at: "2026-03-10T01:00:00.000Z",
        app: "web",
        errors: [
          { path: "url", message: "is missing" },
          { path: "", message: "is no object" },
        ],
        raw: '{"name":"page_view"}',
      },
    ]);
  });

  test.each(["", "{", "null", "{}", "[1]", '[{"path":"url"}]'])(
    "whose errors are %j are shown without them",
    (errors) => {
      expect(status({ samples: [sample({ errors })] }).rejected.samples).toEqual([
        { reason: "url", received_at: "2026-03-10T01:00:00.000Z", app: "web", errors: [], raw: "{}" },
      ]);
    },
  );
});

test("the status has the form that the answer's schema promises", () => {
  const answer = status({
    state: { ...nothing, watermark: "2026-03-08", open: new Map([[today, 1]]) },
    days: [ledgerDay({ day: today, seen: 1 })],
    rejected: new Map([[today, tally({ url: 2n })]]),
    samples: [sample()],
  });
  expect(statusAnswer.parse(answer)).toEqual(answer);
});

test("snapshots have their instant, the database's own count, and what failed since", () => {
  const at = Date.UTC(2026, 10, 26, 9, 5);
  const table = {
    table: "public.orders",
    rows: 7,
    checksum: "12345678901234567890",
    files: 1,
    kept: { a: 1, b: 2 },
    skipped: 4,
  };
  const last = {
    run: "r",
    at,
    dt: "2026-11-26",
    hour: "18",
    ended_at: at,
    holders: 1,
    consistent: false,
    tables: [table],
  };
  const failed = { at: at + 1000, message: "it is away" };
  expect(
    status({
      snapshots: [
        { source: "shop", last, failed: undefined },
        { source: "old", last: undefined, failed },
      ],
    }).snapshots,
  ).toEqual([
    {
      source: "shop",
      at: "2026-11-26T09:05:00.000Z",
      consistent: false,
      tables: [{ table: "public.orders", rows: 7, checksum: "12345678901234567890", kept: 3, skipped: 4 }],
      failed: null,
    },
    {
      source: "old",
      at: null,
      consistent: null,
      tables: [],
      failed: { at: "2026-11-26T09:05:01.000Z", message: "it is away" },
    },
  ]);
});
