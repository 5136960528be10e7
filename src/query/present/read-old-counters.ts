/** Counters of the release before blocks, for days on which it counted: see `src/table/blocks/old-counters.ts`. */
import { addTally, type Value } from "../../metrics/merge.ts";
import { type OldCounter, oldDayPk, oldLivePk, oldPrefix, tallyOld } from "../../table/blocks/old-counters.ts";
import type { PresentDay, Wanted } from "./read-present.ts";

type Old = { read(pk: string, from: string, to: string): Promise<OldCounter[]> };

/** Greater than any other text, comparing bytes. */
const LAST = "\u{10ffff}";

type Asked = { days: readonly PresentDay[]; wanted: Wanted; partial: Set<string> };

/**
 * Adds what the old counters hold to the days' values. Days for which they do not hold the breakdown are added to
 * `partial`.
 */
export async function addOldCounters(
  old: Old,
  { days, wanted, partial }: Asked,
  tallies: ReadonlyMap<string, Map<string, Value>>,
): Promise<void> {
  const { metric, breakdown, key, total } = wanted;
  const read = (day: string, prefix: string) => old.read(oldDayPk(day, metric), prefix, prefix + LAST);
  for (const { day } of days.filter(hasOldCounters)) {
    const counters = await read(day, oldPrefix(breakdown, key));
    const isKept = counters.length > 0 || total === undefined || (await read(day, oldPrefix(breakdown))).length > 0;
    if (!isKept && (await read(day, oldPrefix(total))).length > 0) partial.add(day);
    addTally(tallies.get(day) ?? new Map(), tallyOld(counters, breakdown));
  }
}

/** The live minutes between two that the old counters hold. */
export async function readOldMinutes(
  old: Old,
  days: readonly PresentDay[],
  { metric, from, to }: { metric: string; from: string; to: string },
): Promise<Map<string, Map<string, Value>>> {
  if (!days.some(hasOldCounters)) return new Map();
  const counters = await old.read(oldLivePk(metric), `${from}#`, `${to}#${LAST}`);
  const byMinute = Map.groupBy(counters, ({ sk }) => sk.slice(0, sk.indexOf("#")));
  return new Map([...byMinute].map(([minute, some]) => [minute, tallyOld(some, minute)]));
}

function hasOldCounters({ frontier }: PresentDay): boolean {
  return frontier.oldBatches.length > 0;
}
