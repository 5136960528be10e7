/** Metrics that are computed from others: what is asked of the parts, and what becomes of their numbers. */
import { expect, test } from "vitest";
import { catalog, derivedMetrics } from "../../src/metrics/catalog.ts";
import type { DerivedMetric } from "../../src/metrics/derive-metric.ts";
import { answerDerived } from "../../src/query/derived-answer.ts";
import { emptyPart } from "../../src/query/parts.ts";
import { isDerived, type Question, readLiveQuestion, readQuestion } from "../../src/query/question.ts";
import type { BothLayers } from "../../src/query/read-layers.ts";
import { toMetrics } from "../../src/query/status/status.ts";

const allMetrics = [...catalog, ...derivedMetrics];

const today = "2026-03-10";
const facts = { now: Date.parse("2026-03-10T03:00:00Z"), timezone: "Asia/Seoul", watermark: "2026-03-09" };

type Said = { sealed?: bigint; present?: bigint; groups?: Record<string, bigint>; points?: Record<string, bigint> };
const layers = ({ sealed = 0n, present = 0n, groups = {}, points = {} }: Said): BothLayers => ({
  history: { total: sealed, groups: new Map(Object.entries(groups)), points: new Map(Object.entries(points)) },
  realtime: { ...emptyPart(), total: present },
  lacking: [],
  partial: [],
  ask: async () => ({ part: emptyPart(), lacking: [] }),
});

function ask(metric: string, query: string, said: Record<string, Said | undefined>, change: Partial<BothLayers> = {}) {
  const question = readQuestion({ metric, query }, allMetrics, today);
  const { metric: asked } = question;
  if (!isDerived(asked)) throw new Error(`${metric} is kept`);
  const questions: Question[] = [];
  const answer = answerDerived(
    { ...question, metric: asked satisfies DerivedMetric },
    async (part) => {
      questions.push(part);
      const one = said[part.metric.name];
      return one && { ...layers(one), ...change };
    },
    facts,
  );
  return { answer, questions };
}

test("a difference is that of both layers' numbers, and its groups are the largest", async () => {
  const { answer, questions } = ask("bounces", "from=2026-03-09&by=path&interval=day&limit=2", {
    visits: { sealed: 10n, present: 3n, groups: { "/a": 7n, "/b": 5n, "/c": 1n }, points: { "2026-03-09": 10n } },
    continued_visits: { sealed: 4n, present: 1n, groups: { "/a": 5n, "/c": 1n }, points: { "2026-03-09": 4n } },
  });
  expect(await answer).toEqual({
    metric: "bounces",
    from: "2026-03-09",
    to: today,
    timezone: "Asia/Seoul",
    sealed_through: "2026-03-09",
    total: 8,
    history: 6,
    realtime: 2,
    series: [
      { day: "2026-03-09", value: 6 },
      { day: today, value: 0 },
    ],
    groups: [
      { key: "/b", value: 5 },
      { key: "/a", value: 2 },
    ],
    groups_total: 2,
    other: 1,
  });
  expect(questions.map(({ metric, by, breakdown }) => [metric.name, by, breakdown])).toEqual([
    ["visits", ["path"], ["path"]],
    ["continued_visits", ["entry_path"], ["entry_path"]],
  ]);
});

test("a part that is above and below the line is read once, unless by another dimension", async () => {
  const both = { visits: { sealed: 8n }, continued_visits: { sealed: 6n } };
  const { answer, questions } = ask("bounce_rate", "from=2026-03-09&by=path", both);
  expect(await answer).toMatchObject({ numerator: 2, denominator: 8 });
  expect(questions.map(({ metric }) => metric.name)).toEqual(["visits", "continued_visits"]);
});

test("a filter applies to the part's own dimension", () => {
  const { questions } = ask("exits", "path=/a&app=web", { visit_pages: {}, next_pages: {} });
  expect(questions.map(({ where }) => where)).toEqual([
    { app: "web", path: "/a" },
    { app: "web", previous_path: "/a" },
  ]);
});

test("a ratio is given as a number and as the two that make it, and its groups by what is divided by", async () => {
  const { answer } = ask("bounce_rate", "from=2026-03-09&by=path&interval=day", {
    visits: { sealed: 2n ** 60n, groups: { "/a": 4n, "/b": 8n }, points: { "2026-03-09": 8n } },
    continued_visits: { present: 1n, groups: { "/a": 3n }, points: { "2026-03-09": 6n } },
  });
  expect(await answer).toMatchObject({
    total: 1,
    history: null,
    realtime: null,
    numerator: { rawJSON: String(2n ** 60n - 1n) },
    denominator: { rawJSON: String(2n ** 60n) },
    series: [
      { day: "2026-03-09", value: 0.25, numerator: 2, denominator: 8 },
      { day: today, value: 0, numerator: 0, denominator: 0 },
    ],
    groups: [
      { key: "/b", value: 1, numerator: 8, denominator: 8 },
      { key: "/a", value: 0.25, numerator: 1, denominator: 4 },
    ],
  });
});

test("a ratio of amounts is one of a currency, or of each", async () => {
  const said = { revenue: { sealed: 900n, groups: { KRW: 900n } }, payments: { sealed: 2n, groups: { KRW: 2n } } };
  expect(await ask("average_payment", "currency=krw", said).answer).toMatchObject({ total: 450, denominator: 2 });
  const each = await ask("average_payment", "by=currency", said).answer;
  expect(each).toMatchObject({ total: null, groups: [{ key: "KRW", value: 450 }] });
  expect(each).not.toHaveProperty("numerator");
});

test("days that a part lacks are named once, and one part that is not ready is waited for", async () => {
  const lack = { lacking: ["2026-03-01"], partial: ["2026-03-09"] };
  const both = { visits: {}, continued_visits: {} };
  expect(await ask("bounces", "from=2026-03-01", both, lack).answer).toMatchObject({
    incomplete_from: "2026-03-01",
    incomplete_days: 1,
    partial_days: ["2026-03-09"],
  });
  expect(await ask("bounces", "", { visits: {} }).answer).toBeUndefined();
});

test("a group that one part's history leaves out is asked for by name", async () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`/${i}`, 1n]));
  const asked: string[][] = [];
  const change = {
    ask: async (only: readonly string[]) => {
      asked.push([...only]);
      return { part: { ...emptyPart(), groups: new Map([["/big", 5n]]) }, lacking: [] };
    },
  };
  const { answer } = ask(
    "click_through_rate",
    "by=target&limit=1",
    { clicks: { groups: many }, impressions: { groups: { "/big": 50n } } },
    change,
  );
  expect(await answer).toMatchObject({ groups: [{ key: "/big", value: 0.1, numerator: 5, denominator: 50 }] });
  expect(asked).toEqual([["/big"]]);
});

test("a group of a difference is whole before it is shown, however far down a part has it", async () => {
  const key = (i: number) => `/${String(i).padStart(5, "0")}`;
  // The largest 1,000 of each part differ by nothing; those below differ, and the subtrahend has left out one of them.
  const all = Array.from({ length: 10_000 }, (_, i) => [key(i), BigInt(20_000 - i)] as const);
  // No parameter of Athena can hold this one, so it is not asked for.
  const long = `/${"x".repeat(1_023)}`;
  const visits = { ...Object.fromEntries(all), [long]: 30_000n };
  const continued = Object.fromEntries(all.map(([path, value]) => [path, value - (path > key(4_999) ? 5n : 0n)]));
  const { [key(5_000)]: leftOut = 0n, ...rest } = continued;
  const asked: string[][] = [];
  const { answer } = ask(
    "bounces",
    "by=path&limit=3",
    { visits: { groups: visits }, continued_visits: { groups: { ...rest, [key(10_000)]: 1n } } },
    {
      ask: async (only: readonly string[]) => {
        asked.push([...only]);
        const found = only.filter((path) => path === key(5_000)).map((path) => [path, leftOut] as const);
        return { part: { ...emptyPart(), groups: new Map(found) }, lacking: [] };
      },
    },
  );
  expect((await answer)?.groups).toEqual([
    { key: long, value: 30_000 },
    { key: key(5_000), value: 5 },
    { key: key(5_001), value: 5 },
  ]);
  expect(asked).toEqual([[key(5_000)]]);
});

test("none is kept by the minute", () => {
  expect(() => readLiveQuestion({ metric: "bounce_rate", query: "" }, allMetrics)).toThrow(
    'Cannot answer for "bounce_rate": it is computed from other metrics, and not kept by the minute',
  );
});

test("they are listed like any other", () => {
  const listed = toMetrics(allMetrics).metrics;
  expect(listed.find(({ name }) => name === "bounce_rate")).toMatchObject({
    value: "ratio",
    format: "percent",
    unit: null,
  });
  expect(listed.find(({ name }) => name === "average_payment")).toMatchObject({
    unit: "currency",
    minor_units: { KRW: 0 },
  });
  expect(listed.find(({ name }) => name === "bounces")).toMatchObject({ value: "difference", hourly: [] });
});
