/** What a batch says about the sources of its events: how many came from each, when the last one did, and how late. */
import { type SourceName, sourceOfRow } from "../schemas/event-source.ts";
import { VISIT_PART } from "../schemas/events/event.ts";
import type { EventRow } from "../schemas/tables/event-columns.ts";
import type { SourceCount } from "../table/days/source-counts.ts";
import type { ReadRecord } from "./read-record.ts";

const LAGS_A_RECORD = 5;

type Seen = { rows: number; at: number; lags: number[] };

/** By day, what came from each source. Copies count as nothing, and neither does what an event adds to an old visit. */
export function countSources(
  records: readonly ReadRecord[],
  repeats: ReadonlyMap<string, ReadonlySet<number>>,
): Map<string, SourceCount[]> {
  const days = new Map<string, Map<SourceName, Seen>>();
  for (const record of records) {
    if (record.kind !== "events") continue;
    const [first] = record.rows;
    const rows = countedRows(record.rows, repeats.get(record.recordId));
    if (first === undefined || rows.length === 0) continue;
    const seen = seenFrom(days, record.day, sourceOfRow(first));
    seen.rows += rows.length;
    seen.at = Math.max(seen.at, record.approximateArrivalTimestamp);
    addLags(seen.lags, rows, Date.parse(first.received_at));
  }
  return new Map([...days].map(([day, sources]) => [day, [...sources].map(toCount)]));
}

function seenFrom(days: Map<string, Map<SourceName, Seen>>, day: string, source: SourceName): Seen {
  const sources = days.get(day) ?? new Map<SourceName, Seen>();
  const seen = sources.get(source) ?? { rows: 0, at: 0, lags: [] };
  days.set(day, sources.set(source, seen));
  return seen;
}

function countedRows(rows: readonly EventRow[], copies: ReadonlySet<number> | undefined): readonly EventRow[] {
  return rows.filter(({ name }, at) => name !== VISIT_PART && !copies?.has(at));
}

/** Adds how late some rows of a record were: reading the times of all of them would take longer than all else here. */
function addLags(lags: number[], rows: readonly EventRow[], received: number): void {
  const step = Math.ceil(rows.length / LAGS_A_RECORD);
  for (let at = step >> 1; at < rows.length; at += step)
    lags.push(Math.max(0, received - Date.parse(rows[at]?.occurred_at ?? "")));
}

function toCount([source, { rows, at, lags }]: [SourceName, Seen]): SourceCount {
  return { source, rows, at, lag: median(lags) };
}

/** The lower of the two in the middle. */
function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[(numbers.length - 1) >> 1] ?? 0;
}
