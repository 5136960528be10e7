/**
 * Answers a question: reads the state, splits the days between the layers, asks both layers at once, and adds up the
 * results. The readers are passed in; the order in which they are used makes the number exact (see split-days.ts).
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
  /** The current `joint` of some days' frontiers. */
  joints(days: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * The values of the question's breakdown, by key, for each of some days. Days that were partly counted without the
   * breakdown are added to `partial`.
   */
  present(days: readonly LedgerDay[], question: Question, partial: Set<string>): Promise<ReadonlyMap<string, Tally>>;
} & HistoryReaders;

type Clock = { now: number; today: string; timezone: string };
/** What was read of the state and the days' items, before anything that these refer to. */
type Known = { state: RollupState; ledger: ReadonlyMap<string, LedgerDay> };

/** How often the answer is computed when batches of several days keep coming in meanwhile, which is rare. */
const MOST_TRIES = 5;

/** The answer, or undefined when history is not ready in time. */
export async function answerQuestion(
  question: Question,
  read: Readers,
  clock: Clock,
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
 * Whether a batch of several days may have become visible between the reads of the days' items, so that part of it
 * would be missing. Such a batch opens days, or moves `joint` in the items of open days. If neither has changed since
 * the items were read, there was an instant at which everything read was true.
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

/** The rollups' part, and the days, in order, whose rollup does not hold what was asked for. */
type Sealed = { part: LayerPart; lacking: readonly string[] };

const nothing = (): Sealed => ({ part: emptyPart(), lacking: [] });

async function askHistory(question: Question, asked: Asked, read: Readers): Promise<Sealed | undefined> {
  const { layers, state, only } = asked;
  if (layers.history === undefined) return nothing();
  const toSealed = { ...question, ...layers.history, ...toRead(question, layers, state), ...(only && { only }) };
  const history = await readHistory(toSealed, state.rollupVersion, read);
  return history && { part: toHistory(history.rows), lacking: history.lacking };
}

/**
 * Which months to read as a whole, and whether the sketches of a distinct count are needed, to merge a present into
 * them.
 */
function toRead({ metric }: Question, { presentDays }: Asked["layers"], { months }: RollupState) {
  return { months: new Set(months.keys()), sketches: metric.value.kind === "distinct" && presentDays.length > 0 };
}
