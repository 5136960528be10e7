/**
 * Which layer answers for which day. A day belongs to exactly
 * one layer: to history when it is sealed and nothing came since, to its blocks otherwise. The state is read before
 * anything else, and the blocks of a sealed day live on, so that an older state still adds up.
 */
import { addDays, DAY_MS, type DayRange, daysBetween } from "../metrics/time-bucket.ts";
import { hasBlocks, type LedgerDay, type RollupState } from "../table/days/day-state.ts";

type Clock = { now: number; today: string };

/** Days to read from their blocks, and the sealed range, or undefined where no rollup can have anything to say. */
export type Layers = { presentDays: string[]; history: (DayRange & { except: string[] }) | undefined };

/** The open days of a question that the watermark has passed: whether their blocks are whole depends on their ledger items. */
function openDaysBefore({ from, to }: DayRange, { watermark = "", open }: RollupState): string[] {
  return [...open.keys()].filter((day) => day >= from && day <= to && day <= watermark);
}

/** The days of a question whose items say what is visible of them: all that rollups may not answer for. */
export function daysToRead({ from, to }: DayRange, state: RollupState, { today }: Pick<Clock, "today">): string[] {
  const { watermark } = state;
  const unsealed = watermark === undefined ? today : addDays(watermark, 1);
  const last = to < today ? to : today;
  const recent = daysBetween(from > unsealed ? from : unsealed, last);
  // The clock of whoever wrote may be ahead of ours, and before the first batch run marks are all there is.
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
  // 0 or less where the range begins after the watermark.
  const days = (Date.parse(last) - Date.parse(from)) / DAY_MS + 1;
  return except.length < days ? { from, to: last, except } : undefined;
}
