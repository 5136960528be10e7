/**
 * What a day's item says about the sources of its events, in three attributes for each source: `rows_<source>`,
 * `last_<source>` and `lag_<source>`. They are changed by the write that makes a batch's block visible, so each row is
 * counted once. The last two are those of the newest batch, in whatever order batches are written.
 */
import { eventSources, type SourceName } from "../../schemas/event-source.ts";
import { type Item, number } from "../table.ts";

/**
 * What came from a source: rows without copies, when the last of them arrived (epoch ms), and how long after they
 * happened the events of the newest batch had been received: the median, in ms.
 */
export type SourceCount = { source: SourceName; rows: number; at: number; lag: number };
/** When the last row of each source arrived. */
export type LastSeen = ReadonlyMap<SourceName, number>;

/** Reads a day's item. */
export function sourcesIn(item: Item): SourceCount[] {
  return eventSources.flatMap((source) => {
    const rows = item[`rows_${source}`]?.N;
    if (rows === undefined) return [];
    return [
      { source, rows: Number(rows), at: Number(item[`last_${source}`]?.N), lag: Number(item[`lag_${source}`]?.N) },
    ];
  });
}

/**
 * How a batch's rows change the item. If a newer batch has been written since `known` was read, the conditions fail;
 * then it has to be read again.
 */
export function addSources(counts: readonly SourceCount[], known: LastSeen = new Map()) {
  const newest = counts.filter(({ source, at }) => at > (known.get(source) ?? -1));
  return {
    adds: counts.map(({ source }) => `rows_${source} :rows_${source}`),
    sets: newest.flatMap(({ source }) => [`last_${source} = :last_${source}`, `lag_${source} = :lag_${source}`]),
    conditions: newest.map(({ source: s }) => `(attribute_not_exists(last_${s}) OR last_${s} < :last_${s})`),
    values: Object.fromEntries([
      ...counts.map(({ source, rows }) => [`:rows_${source}`, number(rows)]),
      ...newest.flatMap(({ source, at, lag }) => [
        [`:last_${source}`, number(at)],
        [`:lag_${source}`, number(lag)],
      ]),
    ]),
  };
}
