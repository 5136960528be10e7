/**
 * Answers a question: reads the state, splits the days between the layers, asks both at once, and adds the parts up. What it
 * reads with is passed in; the order in which it reads is what makes the number true (see split-days.ts).
 */
import type { Tally } from "../metrics/merge.ts";
import type { MetricAnswer } from "../schemas/api/answer.ts";
import type { LedgerDay, RollupState } from "../table/days/day-state.ts";
import { groupsLeftOut } from "./groups-left-out.ts";
import { type HistoryReaders, readHistory } from "./history/read-history.ts";
import { emptyPart, type LayerPart, toHistory, toRealtime } from "./parts.ts";
import type { Question } from "./question.ts";
import { daysToRead, splitDays } from "./split-days.ts";
import { toAnswer } from "./to-answer.ts";

export type Readers = {
  state(): Promise<RollupState>;
  ledgerDays(days: readonly string[]): Promise<ReadonlyMap<string, LedgerDay>>;
  /** `joint` of some days' frontiers as they are now. */
  joints(days: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Values by key, of the question's breakdown, for each of some days; days that were counted in part without it go to `partial`. */
  present(days: readonly LedgerDay[], question: Question, partial: Set<string>): Promise<ReadonlyMap<string, Tally>>;
} & HistoryReaders;

type Clock = { now: number; today: string; timezone: string };
/** What was read of the state and of the days' items, before anything that they lead to. */
type Known = { state: RollupState; ledger: ReadonlyMap<string, LedgerDay> };

/** A batch of several days that comes while an answer is made has it made again; they are rare next to that. */
const MOST_TRIES = 5;

/** The answer, or undefined when history is not ready in time. */
export async function answerQuestion(
  question: Question,
  read: Readers,
  clock: Clock,
): Promise<MetricAnswer | undefined> {
  for (let tries = 1; ; tries++) {
    // The state comes first: what is sealed after it was read is still in its blocks.
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
  question: Question,
  { state, ledger }: Known,
  read: Readers,
  clock: Clock,
): Promise<MetricAnswer | undefined> {
  const layers = splitDays(question, state, ledger, clock);
  const ask = (only?: readonly string[]) => askHistory(question, { layers, state, only }, read);
  const days = layers.presentDays.flatMap((day) => ledger.get(day) ?? []);
  const partial = new Set<string>();
  const [tallies, history] = await Promise.all([read.present(days, question, partial), ask()]);
  if (history === undefined) return undefined;
  const realtime = toRealtime(tallies, question);
  const leftOut = groupsLeftOut(question, history.part, realtime);
  const more = leftOut.length === 0 ? nothing() : await ask(leftOut);
  if (more === undefined) return undefined;
  const whole = { ...history.part, groups: new Map([...history.part.groups, ...more.part.groups]) };
  const { lacking } = history;
  const known = { watermark: state.watermark, lacking, partial: [...partial].sort() };
  return toAnswer(question, { history: whole, realtime }, { ...clock, ...known });
}

/**
 * Whether a batch of several days may have become visible between one of the days' items being read and another, so that a part of
 * it would be missing. It opens days, or moves `joint` in the items of those that are open: if neither has moved since they were
 * read, there was an instant between at which all of this was so.
 */
async function hasMoved(question: Question, { state, ledger }: Known, read: Readers): Promise<boolean> {
  const { from, to } = question;
  if (from === to) return false;
  const [later, joints] = await Promise.all([read.state(), read.joints([...ledger.keys()])]);
  const isNew = (day: string) => day >= from && day <= to && !state.open.has(day);
  return (
    [...later.open.keys()].some(isNew) || [...joints].some(([day, joint]) => joint !== ledger.get(day)?.frontier.joint)
  );
}

type Asked = { layers: ReturnType<typeof splitDays>; state: RollupState; only: readonly string[] | undefined };

/** What the rollups say, and the days, in order, whose rollup does not hold what was asked for. */
type Sealed = { part: LayerPart; lacking: readonly string[] };

const nothing = (): Sealed => ({ part: emptyPart(), lacking: [] });

async function askHistory(question: Question, asked: Asked, read: Readers): Promise<Sealed | undefined> {
  const { layers, state, only } = asked;
  if (layers.history === undefined) return nothing();
  const toSealed = { ...question, ...layers.history, ...toRead(question, layers, state), ...(only && { only }) };
  const history = await readHistory(toSealed, state.rollupVersion, read);
  return history && { part: toHistory(history.rows), lacking: history.lacking };
}

/** Months to read as wholes, and whether there is a present to merge into the sketches of a distinct count. */
function toRead({ metric }: Question, { presentDays }: Asked["layers"], { months }: RollupState) {
  return { months: new Set(months.keys()), sketches: metric.value.kind === "distinct" && presentDays.length > 0 };
}
