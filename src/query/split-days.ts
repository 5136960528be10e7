/**
 * Decides which layer answers for which day. Each day belongs to exactly one layer: to history if it is sealed and
 * nothing came since, otherwise to its blocks. The state is read before anything else, and the blocks of a sealed day
 * live on, so an older state still adds up.
 */
import { addDays, DAY_MS, type DayRange, daysBetween } from "../metrics/time-bucket.ts";
import { hasBlocks, type LedgerDay, type RollupState } from "../table/days/day-state.ts";

type Clock = { now: number; today: string };

/** The days to read from their blocks, and the sealed range; undefined if no rollup can contribute anything. */
export type Layers = { presentDays: string[]; history: (DayRange & { except: string[] }) | undefined };

/** The open days of a question before the watermark. Their ledger items say whether their blocks are still complete. */
function openDaysBefore({ from, to }: DayRange, { watermark = "", open }: RollupState): string[] {
  return [...open.keys()].filter((day) => day >= from && day <= to && day <= watermark);
}

/** The days of a question whose items must be read: all those that rollups may not answer for. */
export function daysToRead({ from, to }: DayRange, state: RollupState, { today }: Pick<Clock, "today">): string[] {
  const { watermark } = state;
  const unsealed = watermark === undefined ? today : addDays(watermark, 1);
  const last = to < today ? to : today;
  const recent = daysBetween(from > unsealed ? from : unsealed, last);
  // The writer's clock may be ahead of ours, and before the first batch run marks are all there is.
  const open = [...state.open.keys()].filter((day) => day >= from && day <= to);
  return [...new Set([...recent, ...open])].sort();
}

/** Splits a question's days between the layers. `ledger` holds the items of `daysToRead`. */
export function splitDays(
  { from, to }: DayRange,
  state: RollupState,
  ledger: ReadonlyMap<string, LedgerDay>,
  { now, today }: Clock,
): Layers {
  const before = openDaysBefore({ from, to }, state);
  const except = before.filter((day) => hasBlocks(ledger.get(day) ?? {}, now));
  const left = new Set(before.filter((day) => !except.includes(day)));
  return {
    presentDays: daysToRead({ from, to }, state, { today }).filter((day) => !left.has(day)),
    history: sealedRange({ from, to }, state, except),
  };
}

function sealedRange(
  { from, to }: DayRange,
  { watermark, rollupVersion }: RollupState,
  except: string[],
): Layers["history"] {
  if (watermark === undefined || rollupVersion === 0) return undefined;
  const last = to < watermark ? to : watermark;
  // 0 or less if the range begins after the watermark.
  const days = (Date.parse(last) - Date.parse(from)) / DAY_MS + 1;
  return except.length < days ? { from, to: last, except } : undefined;
}
