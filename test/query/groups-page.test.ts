/** A breakdown with more groups than an answer lists: the answer says how many there are, and each page has its own. */
import { expect, test } from "vitest";
import { catalog, derivedMetrics } from "../../src/metrics/catalog.ts";
import { answerDerived } from "../../src/query/derived-answer.ts";
import { emptyPart, type LayerPart } from "../../src/query/parts.ts";
import { isDerived, readQuestion } from "../../src/query/question.ts";
import type { BothLayers } from "../../src/query/read-layers.ts";
import { toAnswer } from "../../src/query/to-answer.ts";

const today = "2026-03-10";
const facts = { now: Date.parse("2026-03-10T03:00:00Z"), timezone: "Asia/Seoul", watermark: "2026-03-09" };

const paths = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => [`/${from + i}`, BigInt(10_000 - from - i)] as const);
const partOf = (groups: Iterable<readonly [string, bigint]>): LayerPart => {
  const all = new Map(groups);
  return { ...emptyPart(), total: [...all.values()].reduce((sum, value) => sum + value, 0n), groups: all };
};
const sumOf = (groups: readonly { value: unknown }[] = []) => groups.reduce((sum, { value }) => sum + Number(value), 0);

function ask(query: string, history: LayerPart, realtime = emptyPart()) {
  const question = readQuestion({ metric: "page_views", query: `by=path&${query}` }, catalog, today);
  return toAnswer(question, { history, realtime }, facts);
}

test("an answer says how many groups there are, and pages of them show each once", () => {
  const history = partOf(paths(1368));
  const first = ask("", history);
  expect([first.groups?.length, first.groups_total, first.groups_at_least]).toEqual([50, 1368, undefined]);
  expect(sumOf(first.groups) + Number(first.other)).toBe(first.total);
  const pages = [0, 500, 1000].map((offset) => ask(`limit=500&offset=${offset}`, history));
  const listed = pages.flatMap(({ groups = [] }) => groups.map(({ key }) => key));
  expect(listed).toEqual([...history.groups.keys()]);
  expect(pages.map(({ groups_total }) => groups_total)).toEqual([1368, 1368, 1368]);
  for (const { groups, other, total } of pages) expect(sumOf(groups) + Number(other)).toBe(total);
});

test("a page past the last group is empty, and still says how many there are", () => {
  expect(ask("offset=5000", partOf(paths(3)))).toMatchObject({ groups: [], groups_total: 3, other: 29_997 });
});

test("groups of both layers are counted once", () => {
  expect(ask("", partOf(paths(100)), partOf(paths(100, 50)))).toMatchObject({ groups_total: 150 });
});

test("where a layer lists only the largest, there are at least as many", () => {
  const cut = ask("", partOf(paths(10_000)), partOf([["new", 1n]]));
  expect(cut).toMatchObject({ groups_total: 10_001, groups_at_least: true });
  const bounded = ask("", emptyPart(), { ...partOf(paths(20)), bounded: [today] });
  expect(bounded).toMatchObject({ groups_total: 20, groups_at_least: true });
});

async function askDerived(metric: string, query: string, said: Record<string, Partial<BothLayers>>) {
  const question = readQuestion({ metric, query }, [...catalog, ...derivedMetrics], today);
  const { metric: asked } = question;
  if (!isDerived(asked)) throw new Error(`${metric} is kept`);
  const none = { history: emptyPart(), realtime: emptyPart(), lacking: [], partial: [] };
  const found = async () => ({ part: emptyPart(), lacking: [] });
  return answerDerived(
    { ...question, metric: asked },
    async (part) => ({ ...none, ask: found, ...said[part.metric.name] }),
    facts,
  );
}

test("a difference counts the groups that differ, a ratio those that it divides by", async () => {
  const said = { visits: { history: partOf(paths(1368)) }, continued_visits: { history: partOf(paths(368)) } };
  const bounces = await askDerived("bounces", "by=path&limit=10&offset=995", said);
  expect([bounces?.groups?.length, bounces?.groups_total]).toEqual([5, 1000]);
  const rate = await askDerived("bounce_rate", "by=path&limit=10&offset=1000", said);
  expect([rate?.groups?.[0]?.key, rate?.groups_total]).toEqual(["/1000", 1368]);
  const cut = await askDerived("bounce_rate", "by=path", { visits: { history: partOf(paths(10_000)) } });
  expect(cut).toMatchObject({ groups_total: 10_000, groups_at_least: true });
});

test("a group of a later page is whole before it is shown", async () => {
  const asked: string[][] = [];
  const ask = async (only: readonly string[]) => {
    asked.push([...only]);
    return { part: emptyPart(), lacking: [] };
  };
  const full = partOf(paths(10_000).map(([key]) => [key.replace("/", "/other-"), 1n] as const));
  await askDerived("bounce_rate", "by=path&limit=1000&offset=1000", {
    visits: { history: partOf(paths(2000)) },
    continued_visits: { history: full, ask },
  });
  expect(asked.map(({ length }) => length)).toEqual([1000, 1000]);
});
