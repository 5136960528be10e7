/**
 * The answer to a question about a derived metric: each of its parts is answered from both layers like any metric, and
 * then the numbers are added, subtracted and divided. All parts are from the same instant.
 */
import { MOST_GROUPS } from "../athena-queries/metric-history.ts";
import { fitsParameter } from "../athena-queries/sql.ts";
import { type DerivedMetric, type MetricPart, partBreakdown, readBy } from "../metrics/derive-metric.ts";
import { toRanking } from "../metrics/merge.ts";
import type { MetricAnswer } from "../schemas/api/answer.ts";
import { MOST_GROUPS_ASKED } from "../schemas/api/question.ts";
import { exactNumber } from "./exact-number.ts";
import { isMixed, type Question } from "./question.ts";
import type { BothLayers } from "./read-layers.ts";
import {
  type AnswerFacts,
  addLayers,
  countGroups,
  isCut,
  named,
  namesOf,
  toGroups,
  toSeries,
  withFacts,
  withOther,
} from "./to-answer.ts";

type Numbers = Omit<ReturnType<typeof addLayers>, "sealed"> & { sealed: bigint; isCut: boolean };
/** `asked` are the groups that history was asked for by name. */
type Answered = { part: MetricPart; question: Question; layers: BothLayers; asked: ReadonlySet<string> };

/** The answer, or undefined if history is not ready in time. */
export async function answerDerived(
  question: Question<DerivedMetric>,
  layersOf: (question: Question) => Promise<BothLayers | undefined>,
  facts: AnswerFacts,
): Promise<MetricAnswer | undefined> {
  const { of, to } = question.metric;
  const askOnce = onceEach(layersOf);
  const parts = await Promise.all([...of, ...to].map((part) => answerPart(question, part, askOnce)));
  const answered = await withGroupsLeftOut(question, ready(parts));
  if (answered === undefined) return undefined;
  const days = (name: "lacking" | "partial") => daysIn(answered.map(({ layers }) => layers[name]));
  const bounded = daysIn(answered.map(({ layers }) => layers.realtime.bounded ?? []));
  const over = addParts(answered.slice(of.length));
  const figures = to.length > 0 ? toRatio : toDifference;
  return withFacts(
    question,
    { ...facts, lacking: days("lacking"), partial: days("partial") },
    {
      ...figures(question, addParts(answered.slice(0, of.length)), over, facts),
      ...(bounded.length > 0 && { bounded_days: bounded }),
    },
  );
}

/** The question to a part that corresponds to the question to the derived metric. */
function questionToPart(question: Question<DerivedMetric>, part: MetricPart): Question {
  const where = question.breakdown.flatMap((dimension) => {
    const value = question.where[dimension];
    return value === undefined ? [] : readBy(part, [dimension]).map((read) => [read, value] as const);
  });
  return {
    ...question,
    metric: part.metric,
    where: Object.fromEntries(where),
    by: readBy(part, question.by),
    breakdown: partBreakdown(part, question.breakdown) ?? [],
    limit: MOST_GROUPS_ASKED,
  };
}

/** Parts may be of one metric by the same breakdown, as visits are above and below the line of the bounce rate. */
function onceEach<T>(ask: (question: Question) => Promise<T>): (question: Question) => Promise<T> {
  const asked = new Map<string, Promise<T>>();
  return (question) => {
    const { metric, breakdown, where, by } = question;
    const key = JSON.stringify([metric.name, breakdown, where, by]);
    const answer = asked.get(key) ?? ask(question);
    asked.set(key, answer);
    return answer;
  };
}

async function answerPart(
  question: Question<DerivedMetric>,
  part: MetricPart,
  layersOf: (question: Question) => Promise<BothLayers | undefined>,
): Promise<Answered | undefined> {
  const toPart = questionToPart(question, part);
  const layers = await layersOf(toPart);
  return layers && { part, question: toPart, layers, asked: new Set() };
}

/** All parts, or undefined if one is not ready. */
function ready(parts: readonly (Answered | undefined)[]): Answered[] | undefined {
  const all = parts.flatMap((part) => part ?? []);
  return all.length < parts.length ? undefined : all;
}

/**
 * Athena's answer has only the largest groups of each part. A group that is shown is asked for by name where a part
 * lacks it, which may change the order, until every part has all that are shown. Undefined if history is not ready.
 */
async function withGroupsLeftOut(
  question: Question<DerivedMetric>,
  answered: readonly Answered[] | undefined,
): Promise<readonly Answered[] | undefined> {
  if (answered === undefined) return undefined;
  const { metric, limit, offset } = question;
  const ranking = addParts(metric.to.length > 0 ? answered.slice(metric.of.length) : answered).groups;
  const keys = toRanking(ranking).flatMap(({ key }) => (fitsParameter(key) ? [key] : []));
  const shown = keys.slice(0, offset + limit);
  const first = shown.findIndex((key) => answered.some((part) => lacks(part, key)));
  if (first < 0) return answered;
  const wanted = keys.slice(first, first + MOST_GROUPS_ASKED);
  const more = await Promise.all(answered.map((part) => withGroups(part, wanted)));
  return await withGroupsLeftOut(question, ready(more));
}

function lacks({ question, layers, asked }: Answered, key: string): boolean {
  const { groups } = layers.history;
  return groups.size >= MOST_GROUPS[question.metric.value.kind] && !groups.has(key) && !asked.has(key);
}

async function withGroups(part: Answered, keys: readonly string[]): Promise<Answered | undefined> {
  const missing = keys.filter((key) => lacks(part, key));
  if (missing.length === 0) return part;
  const { history } = part.layers;
  const more = await part.layers.ask(missing);
  if (more === undefined) return undefined;
  const groups = new Map([...history.groups, ...more.part.groups]);
  const layers = { ...part.layers, history: { ...history, groups } };
  return { ...part, layers, asked: new Set([...part.asked, ...missing]) };
}

function addParts(answered: readonly Answered[]): Numbers {
  const sum: Numbers = { total: 0n, sealed: 0n, groups: new Map(), points: new Map(), isCut: false };
  for (const { part, question, layers } of answered) {
    const numbers = addLayers(question, layers);
    sum.total += part.sign * numbers.total;
    sum.sealed += part.sign * numbers.sealed;
    sum.isCut ||= isCut(question, layers);
    for (const field of ["groups", "points"] as const)
      for (const [key, value] of numbers[field]) sum[field].set(key, (sum[field].get(key) ?? 0n) + part.sign * value);
  }
  return sum;
}

function toDifference(question: Question<DerivedMetric>, numbers: Numbers, _over: Numbers, facts: AnswerFacts) {
  const { total, sealed, points } = numbers;
  const groups = withoutZero(numbers.groups);
  return {
    total: exactNumber(total),
    history: exactNumber(sealed),
    realtime: exactNumber(total - sealed),
    ...(question.series && { series: toSeries(question, points, facts) }),
    ...(question.by.length > 0 && {
      ...withOther(toGroups(question, groups), total),
      ...countGroups(groups, numbers.isCut),
    }),
  };
}

/**
 * A ratio has no separate history and present: the answer has its value, and the two exact numbers it is computed from.
 */
function toRatio(question: Question<DerivedMetric>, of: Numbers, to: Numbers, facts: AnswerFacts) {
  const names = namesOf(question);
  const pointOf = (value: bigint, point: string) => fraction(of.points.get(point) ?? 0n, value);
  const { value: total = null, ...both } = isMixed(question.metric, question.where) ? {} : fraction(of.total, to.total);
  return {
    total,
    history: null,
    realtime: null,
    ...both,
    ...(question.series && { series: toSeries(question, to.points, facts, pointOf) }),
    ...(question.by.length > 0 && {
      groups: toGroups(question, to.groups).map(({ key, value }) => ({
        ...named(key, names),
        ...fraction(of.groups.get(key) ?? 0n, value),
      })),
      ...countGroups(to.groups, to.isCut),
    }),
  };
}

/** 0 if the denominator is 0, which the answer shows. */
function fraction(numerator: bigint, denominator: bigint) {
  const value = denominator === 0n ? 0 : Number(numerator) / Number(denominator);
  return { value, numerator: exactNumber(numerator), denominator: exactNumber(denominator) };
}

function withoutZero(groups: ReadonlyMap<string, bigint>): Map<string, bigint> {
  return new Map([...groups].filter(([, value]) => value !== 0n));
}

function daysIn(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort();
}
