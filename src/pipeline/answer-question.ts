/**
 * Answers a question: reads the state, splits the days between the layers, asks both at once, and adds the parts up. What it
 * reads with is passed in; the order in which it reads is what makes the number true (see query.ts).
 */
import type { HistoryQuestion, HistoryRow } from "../athena-queries/metric-history.ts";
import type { Tally } from "../metrics/merge.ts";
import type { MetricAnswer } from "../schemas/answer.ts";
import type { LedgerDay, RollupState } from "./day-state.ts";
import {
  emptyPart,
  groupsLeftOut,
  openDaysBefore,
  type Part,
  splitDays,
  toAnswer,
  toHistory,
  toRealtime,
} from "./query.ts";
import type { Question } from "./question.ts";

export type Readers = {
  state(): Promise<RollupState>;
  ledgerDays(days: readonly string[]): Promise<ReadonlyMap<string, LedgerDay>>;
  /** A day's counters by key, of the question's combination, for each of some days. */
  counters(days: readonly string[], question: Question): Promise<ReadonlyMap<string, Tally>>;
  /** Rows from the rollups as they are at a version; undefined when they are not ready in time. */
  history(question: HistoryQuestion, version: number): Promise<readonly HistoryRow[] | undefined>;
};

type Clock = { now: number; today: string; timezone: string };

/** The answer, or undefined when history is not ready in time. */
export async function answerQuestion(
  question: Question,
  read: Readers,
  clock: Clock,
): Promise<MetricAnswer | undefined> {
  // The state comes first: what is sealed after it was read is still in the counters.
  const state = await read.state();
  const late = await read.ledgerDays(openDaysBefore(question, state));
  const layers = splitDays(question, state, late, clock);
  const ask = (only?: readonly string[]) => askHistory(question, { layers, state, only }, read);
  const [tallies, history] = await Promise.all([read.counters(layers.counterDays, question), ask()]);
  if (history === undefined) return undefined;
  const realtime = toRealtime(tallies, question);
  const leftOut = groupsLeftOut(question, history, realtime);
  const more = leftOut.length === 0 ? emptyPart() : await ask(leftOut);
  if (more === undefined) return undefined;
  const whole = { ...history, groups: new Map([...history.groups, ...more.groups]) };
  return toAnswer(question, { history: whole, realtime }, { ...clock, watermark: state.watermark });
}

type Asked = { layers: ReturnType<typeof splitDays>; state: RollupState; only: readonly string[] | undefined };

async function askHistory(question: Question, asked: Asked, read: Readers): Promise<Part | undefined> {
  const { layers, state, only } = asked;
  if (layers.history === undefined) return emptyPart();
  const toSealed = { ...question, ...layers.history, months: state.months, ...(only && { only }) };
  const rows = await read.history(toSealed, state.rollupVersion);
  return rows === undefined ? undefined : toHistory(rows, question.metric);
}
