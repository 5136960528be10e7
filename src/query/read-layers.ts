/**
 * What both layers contain for a question about a kept metric: splits the days between them, and reads both at once.
 */
import type { Tally } from "../metrics/merge.ts";
import { bucketOf, bucketsBetween } from "../metrics/time-bucket.ts";
import type { LedgerDay, RollupState } from "../table/days/day-state.ts";
import { daysWithout } from "../table/days/first-day.ts";
import { groupsLeftOut, MOST_NAMED } from "./groups-left-out.ts";
import { type HistoryReaders, readHistory } from "./history/read-history.ts";
import { emptyPart, type LayerPart, toHistory, toRealtime } from "./parts.ts";
import type { Question } from "./question.ts";
import { splitDays } from "./split-days.ts";

export type Readers = {
  state(): Promise<RollupState>;
  ledgerDays(days: readonly string[]): Promise<ReadonlyMap<string, LedgerDay>>;
  /** `joint` of some days' frontiers as they are now. */
  joints(days: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Values by key, of the question's breakdown, for each of some days. `partial` collects the days that were partly
   * counted without the breakdown.
   */
  present(days: readonly LedgerDay[], question: Question, partial: Set<string>): Promise<ReadonlyMap<string, Tally>>;
} & HistoryReaders;

export type AskingClock = { now: number; today: string; timezone: string };
/** The state and the days' items, read before anything that they refer to. */
export type KnownDays = { state: RollupState; ledger: ReadonlyMap<string, LedgerDay> };

/**
 * Both parts, and the days that they lack; `ask` reads the history of groups by name, which Athena's answer may omit.
 */
export type BothLayers = {
  history: LayerPart;
  realtime: LayerPart;
  lacking: readonly string[];
  partial: readonly string[];
  ask: (only: readonly string[]) => Promise<Sealed | undefined>;
};

/** Resolves to undefined if history is not ready in time. */
export async function readLayers(
  question: Question,
  { state, ledger }: KnownDays,
  read: Readers,
  clock: AskingClock,
): Promise<BothLayers | undefined> {
  const layers = splitDays(question, state, ledger, clock);
  const ask = (only?: readonly string[]) => askHistory(question, { layers, state, only }, read);
  const days = layers.presentDays.flatMap((day) => ledger.get(day) ?? []);
  const partial = new Set(daysWithout(question.metric.name, days, { catalog: state.catalog, today: clock.today }));
  const [tallies, history] = await Promise.all([read.present(days, question, partial), ask()]);
  if (history === undefined) return undefined;
  const realtime = toRealtime(tallies, question);
  const leftOut = groupsLeftOut(question, history.part, realtime);
  const more = await Promise.all(chunksOf(leftOut).map(ask));
  if (more.includes(undefined)) return undefined;
  const named = more.flatMap((one) => [...(one?.part.groups ?? [])]);
  const whole = { ...history.part, groups: new Map([...history.part.groups, ...named]) };
  return { history: whole, realtime, lacking: history.lacking, partial: [...partial].sort(), ask };
}

/** As many groups as one query can name. */
function chunksOf(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / MOST_NAMED);
  return Array.from({ length: count }, (_, i) => names.slice(i * MOST_NAMED, (i + 1) * MOST_NAMED));
}

type Asked = { layers: ReturnType<typeof splitDays>; state: RollupState; only: readonly string[] | undefined };

/** The part from rollups, and the days, in order, whose rollup does not contain what was asked for. */
type Sealed = { part: LayerPart; lacking: readonly string[] };

const nothing = (): Sealed => ({ part: emptyPart(), lacking: [] });

async function askHistory(question: Question, asked: Asked, read: Readers): Promise<Sealed | undefined> {
  const { layers, state, only } = asked;
  if (layers.history === undefined) return nothing();
  const toSealed = { ...question, ...layers.history, ...rollupsToRead(question, layers, state), ...(only && { only }) };
  const history = await readHistory(toSealed, state.rollupVersion, read);
  return history && { part: toHistory(history.rows), lacking: history.lacking };
}

/**
 * Which months to read as a whole, and whether the sketches of a distinct count are needed to merge the present into
 * them: that of the total, and those of weeks and months with days in both layers.
 */
export function rollupsToRead(
  { metric, series, bucket }: Question,
  { presentDays, history }: Asked["layers"],
  state: RollupState,
) {
  const sketches = metric.value.kind === "distinct" && presentDays.length > 0;
  const months = new Set(state.months.keys());
  if (!sketches || !series || bucket === undefined || history === undefined) return { months, sketches };
  const present = new Set(presentDays.map((day) => bucketOf(day, bucket)));
  const shared = bucketsBetween(history, bucket).filter(({ name }) => present.has(name));
  return { months, sketches, mergedBuckets: shared.map(({ name }) => name) };
}
