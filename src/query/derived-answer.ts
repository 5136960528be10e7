/**
 * The answer to a question about a derived metric: each of its parts is answered from both layers like any metric, and
 * then the numbers are added, subtracted and divided. All parts are from the same instant.
 */
import { MOST_GROUPS } from "../athena-queries/metric-history.ts";
import type { Dimension } from "../metrics/define-metric.ts";
import { type DerivedMetric, type MetricPart, partBreakdown } from "../metrics/derive-metric.ts";
import { toRanking } from "../metrics/merge.ts";
import type { MetricAnswer } from "../schemas/api/answer.ts";
import { MOST_GROUPS_ASKED } from "../schemas/api/question.ts";
import { exactNumber } from "./exact-number.ts";
import { isMixed, type Question } from "./question.ts";
import type { BothLayers } from "./read-layers.ts";
import { type AnswerFacts, addLayers, named, namesOf, toGroups, toSeries, withFacts, withOther } from "./to-answer.ts";

type Numbers = Omit<ReturnType<typeof addLayers>, "sealed"> & { sealed: bigint };
type Answered = { part: MetricPart; question: Question; layers: BothLayers };

/** The answer, or undefined if history is not ready in time. */
export async function answerDerived(
  question: Question<DerivedMetric>,
  layersOf: (question: Question) => Promise<BothLayers | undefined>,
  facts: AnswerFacts,
): Promise<MetricAnswer | undefined> {
  const { of, to } = question.metric;
  const asked = [...of, ...to].map((part) => ({ part, question: questionToPart(question, part) }));
  const read = await Promise.all(asked.map(async (one) => ({ ...one, layers: await layersOf(one.question) })));
  const answered = await withGroupsLeftOut(read.flatMap(({ layers, ...one }) => (layers ? [{ ...one, layers }] : [])));
  if (answered === undefined || answered.length < asked.length) return undefined;
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
  const read = (dimension: Dimension) => part.reads[dimension] ?? dimension;
  const where = question.breakdown.flatMap((dimension) => {
    const value = question.where[dimension];
    return value === undefined ? [] : [[read(dimension), value] as const];
  });
  return {
    ...question,
    metric: part.metric,
    where: Object.fromEntries(where),
    by: question.by.map(read),
    breakdown: partBreakdown(part, question.breakdown) ?? [],
    limit: MOST_GROUPS_ASKED,
  };
}

/** Athena's answer has only the largest groups: one that another part has may be missing, and is asked for by name. */
async function withGroupsLeftOut(answered: readonly Answered[]): Promise<Answered[] | undefined> {
  const keys = new Set(
    answered.flatMap(({ question, layers }) =>
      toRanking(addLayers(question, layers).groups)
        .slice(0, MOST_GROUPS_ASKED)
        .map(({ key }) => key),
    ),
  );
  const whole = await Promise.all(answered.map((one) => withGroups(one, keys)));
  return whole.some((one) => one === undefined) ? undefined : whole.flatMap((one) => one ?? []);
}

async function withGroups(one: Answered, keys: ReadonlySet<string>): Promise<Answered | undefined> {
  const { question, layers } = one;
  if (layers.history.groups.size < MOST_GROUPS[question.metric.value.kind]) return one;
  const missing = [...keys].filter((key) => !layers.history.groups.has(key));
  if (missing.length === 0) return one;
  const more = await layers.ask(missing);
  if (more === undefined) return undefined;
  const groups = new Map([...layers.history.groups, ...more.part.groups]);
  return { ...one, layers: { ...layers, history: { ...layers.history, groups } } };
}

function addParts(answered: readonly Answered[]): Numbers {
  const sum: Numbers = { total: 0n, sealed: 0n, groups: new Map(), points: new Map() };
  for (const { part, question, layers } of answered) {
    const numbers = addLayers(question, layers);
    sum.total += part.sign * numbers.total;
    sum.sealed += part.sign * numbers.sealed;
    for (const field of ["groups", "points"] as const)
      for (const [key, value] of numbers[field]) sum[field].set(key, (sum[field].get(key) ?? 0n) + part.sign * value);
  }
  return sum;
}

function toDifference(question: Question<DerivedMetric>, numbers: Numbers, _over: Numbers, facts: AnswerFacts) {
  const { total, sealed, groups, points } = numbers;
  return {
    total: exactNumber(total),
    history: exactNumber(sealed),
    realtime: exactNumber(total - sealed),
    ...(question.series && { series: toSeries(question, points, facts) }),
    ...(question.by.length > 0 && withOther(toGroups(question, withoutZero(groups)), total)),
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
