/**
 * Answers a question: reads the state, splits the days between the layers, asks both layers at once, and adds up the
 * results. The readers are passed in; the order in which they are used makes the number exact (see split-days.ts).
 */
import type { MetricAnswer } from "../schemas/api/answer.ts";
import type { RollupState } from "../table/days/day-state.ts";
import { answerDerived } from "./derived-answer.ts";
import { type AskedMetric, isDerived, type Question } from "./question.ts";
import { type AskingClock, type KnownDays, type Readers, readLayers } from "./read-layers.ts";
import { daysToRead } from "./split-days.ts";
import { toAnswer } from "./to-answer.ts";

/** How often the answer is computed when batches of several days keep coming in meanwhile, which is rare. */
const MOST_TRIES = 5;

/** The answer, or undefined when history is not ready in time. */
export async function answerQuestion(
  question: Question<AskedMetric>,
  read: Readers,
  clock: AskingClock,
): Promise<MetricAnswer | undefined> {
  for (let tries = 1; ; tries++) {
    // The state is read first: anything sealed after that is still in its blocks.
    const state = await read.state();
    const known = { state, ledger: await read.ledgerDays(daysToRead(question, state, clock)) };
    const [answer, isTorn] = await Promise.all([
      answerFrom(question, known, read, clock),
      hasMoved(question, known, read),
    ]);
    if (!isTorn || tries === MOST_TRIES) return answer;
  }
}

async function answerFrom(
  question: Question<AskedMetric>,
  known: KnownDays,
  read: Readers,
  clock: AskingClock,
): Promise<MetricAnswer | undefined> {
  const { metric } = question;
  const robots = isDerived(metric) || !metric.robots ? robotsIn(known) : 0;
  const facts = { ...clock, watermark: known.state.watermark, robots, data: await daysWithData(known.state, read) };
  if (isDerived(metric)) {
    const layersOf = (part: Question) => readLayers(part, known, read, clock);
    return answerDerived({ ...question, metric }, layersOf, facts);
  }
  const layers = await readLayers({ ...question, metric }, known, read, clock);
  return layers && toAnswer({ ...question, metric }, layers, { ...facts, ...layers });
}

/** The first and the last day with events; undefined if there is none. */
async function daysWithData({ rollupVersion, open }: RollupState, read: Readers) {
  const sealed = rollupVersion === 0 ? [] : await read.sealedDays(rollupVersion);
  const days = [...sealed, ...open.keys()];
  const [first, ...others] = days;
  if (first === undefined) return undefined;
  const pick = (isBetter: (day: string, best: string) => boolean) =>
    others.reduce((best, day) => (isBetter(day, best) ? day : best), first);
  return { from: pick((day, best) => day < best), to: pick((day, best) => day > best) };
}

/** Events that were kept but not counted. The days' items say so, and have been read anyway. */
function robotsIn({ ledger }: KnownDays): number {
  return [...ledger.values()].reduce((sum, { robots = 0 }) => sum + robots, 0);
}

/**
 * Whether a batch of several days may have become visible between the reads of the days' items, so that part of it
 * would be missing. Such a batch opens days, or moves `joint` in the items of open days. If neither has changed since
 * the items were read, there was an instant at which everything read was true.
 */
async function hasMoved(
  question: Question<AskedMetric>,
  { state, ledger }: KnownDays,
  read: Readers,
): Promise<boolean> {
  const { from, to } = question;
  if (from === to) return false;
  const [later, joints] = await Promise.all([read.state(), read.joints([...ledger.keys()])]);
  const isNew = (day: string) => day >= from && day <= to && !state.open.has(day);
  return (
    [...later.open.keys()].some(isNew) || [...joints].some(([day, joint]) => joint !== ledger.get(day)?.frontier.joint)
  );
}
