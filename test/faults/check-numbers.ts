/** Compares the query's answers with the truth: totals, series, groups and distinct counts. A deviation is an error. */

import { HttpError, UnavailableError } from "../../src/errors.ts";
import type { MetricAnswer } from "../../src/schemas/api/answer.ts";
import { pick, type Random } from "../../tools/random.ts";
import { idOf } from "./client-requests.ts";
import { type Bounds, boundsOf, type Certainty, type MetricName, measures, type TrueEvent } from "./truth.ts";

/** A number that is not what it must be. */
export class Deviation extends Error {
  override readonly name = "Deviation";
}

type Ask = (request: { metric: string; query: string }) => Promise<MetricAnswer | undefined>;
/** A question, and the events it is about. `by` names the dimension of its groups. */
export type Question = {
  metric: MetricName;
  params: Record<string, string>;
  about: (event: TrueEvent) => boolean;
  by?: "target" | "app";
};

const everything = () => true;
const questions: readonly [Question, ...Question[]] = [
  { metric: "clicks", params: { interval: "day" }, about: everything },
  { metric: "clicks", params: { by: "target", interval: "day" }, about: everything, by: "target" },
  { metric: "clicks", params: { target: "c+d" }, about: ({ target }) => target === "c+d" },
  { metric: "revenue", params: { currency: "KRW", interval: "day" }, about: ({ currency }) => currency === "KRW" },
  {
    metric: "revenue",
    params: { currency: "USD", by: "target" },
    about: ({ currency }) => currency === "USD",
    by: "target",
  },
  { metric: "visitors", params: { interval: "day" }, about: everything },
  { metric: "visitors", params: { by: "app" }, about: everything, by: "app" },
];

export const allQuestions: readonly Question[] = questions;
export const anyQuestion = (random: Random): Question => pick(random, questions);

export type Range = { from: string; to: string };
/**
 * `certainty` describes the state at the time of the call; what changes while a question is answered may be in the
 * answer. `valuesKept` is how many values of a breakdown are stored separately; undefined if no client sends so many.
 */
type Known = { events: Iterable<TrueEvent>; certainty: () => Certainty; valuesKept: number | undefined };

/**
 * Asks a question about a range of days, and throws a Deviation if the answer is not true; undefined if there is no
 * answer, which the caller is told loudly (an error, or 202).
 */
export async function check(
  ask: Ask,
  { metric, params, about, by }: Question,
  range: Range,
  known: Known,
): Promise<MetricAnswer | undefined> {
  const query = new URLSearchParams({ ...range, ...params, limit: "1000" }).toString();
  const before = known.certainty();
  const answer = await ask({ metric, query }).catch((error: unknown) => {
    if (error instanceof UnavailableError || (error instanceof HttpError && error.status >= 500)) return undefined;
    if (error instanceof Error && "$metadata" in error) return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  const after = known.certainty();
  const certainty: Certainty = (id) => (before(id) === after(id) ? before(id) : "perhaps");
  const all = [...known.events];
  const asked = all.filter(about);
  const bounded = new Set(answer.bounded_days);
  // A value that is no longer stored separately may lack something; the sum of all values may not.
  const inRange = (select: (day: string) => boolean, ofValue: boolean) => (event: TrueEvent) => {
    const place = placed(event, select, certainty);
    return ofValue && place === "in" && [...event.days].some((day) => bounded.has(day)) ? "perhaps" : place;
  };
  const whole = (day: string) => day >= range.from && day <= range.to;
  const what = `${metric}?${query} (sealed through ${answer.sealed_through})`;
  const ofValue = params.target !== undefined;
  expectWithin(Number(answer.total), boundsOf(asked, metric, inRange(whole, ofValue)), `total of ${what}`);
  for (const day of bounded) checkBounded(day, { metric, asked: all, what, known });
  if (answer.total !== null && Number(answer.total) !== Number(answer.history) + Number(answer.realtime))
    throw new Deviation(
      `${what}: total ${answer.total} is not history ${answer.history} + realtime ${answer.realtime}`,
    );
  if (params.interval !== undefined && answer.series === undefined) throw new Deviation(`${what} has no series`);
  for (const { day, value } of answer.series ?? [])
    expectWithin(
      Number(value),
      boundsOf(
        asked,
        metric,
        inRange((one) => one === day, ofValue),
      ),
      `${day} in ${what}`,
    );
  if (by !== undefined) checkGroups(answer, { metric, by, asked, what, select: inRange(whole, true) });
  return answer;
}

type Groups = {
  metric: MetricName;
  by: "target" | "app";
  asked: TrueEvent[];
  what: string;
  select: (event: TrueEvent) => ReturnType<Certainty>;
};

function checkGroups(answer: MetricAnswer, { metric, by, asked, what, select }: Groups): void {
  const groups = new Map(answer.groups?.map(({ key, value }) => [key, value]));
  const keys = new Set([...groups.keys(), ...asked.map((event) => event[by])]);
  for (const key of keys) {
    const own = asked.filter((event) => event[by] === key);
    expectWithin(Number(groups.get(key) ?? 0), boundsOf(own, metric, select), `group ${key} in ${what}`);
  }
  if (metric === "visitors") return;
  const { bounded_days: bounded } = answer;
  const [other, total] = [Number(answer.other ?? 0), Number(answer.total)];
  const listed = [...groups.values()].reduce<number>((sum, value) => sum + Number(value), other);
  if (listed !== total) throw new Deviation(`groups and other of ${what} are ${listed}, their total is ${total}`);
  const isOdd = bounded === undefined ? other !== 0 : metric === "clicks" && other < 0;
  if (isOdd) throw new Deviation(`other of ${what} is ${other} on ${bounded}`);
}

type Bounded = { metric: MetricName; asked: TrueEvent[]; what: string; known: Known };

/** A day may merge values only if it has more of them than it stores separately. */
function checkBounded(day: string, { metric, asked, what, known }: Bounded): void {
  const onDay = asked.filter((event) => event.days.has(day) && measures[metric].takes(event));
  const values = new Set(onDay.map(({ target, currency }) => `${currency} ${target}`)).size;
  if (values <= (known.valuesKept ?? Number.POSITIVE_INFINITY))
    throw new Deviation(`values of ${day} in ${what} are no longer apart, although there are ${values}`);
}

/**
 * An event whose copies have different days is on one of them, so it is perhaps in a range that does not contain all.
 */
function placed(event: TrueEvent, select: (day: string) => boolean, certainty: Certainty): ReturnType<Certainty> {
  const known = certainty(idOf(event));
  const inside = [...event.days].filter(select).length;
  if (known === "out" || inside === 0) return "out";
  return known === "in" && inside === event.days.size ? "in" : "perhaps";
}

function expectWithin(value: number, { least, most }: Bounds, what: string): void {
  if (value >= least && value <= most) return;
  throw new Deviation(`${what} is ${value}, true is ${least === most ? least : `${least} to ${most}`}`);
}
