/** What a batch says about the sources of its events: how many came from each, when the last one did, and how late. */
import { type SourceName, sourceOfRow } from "../schemas/event-source.ts";
import { VISIT_PART } from "../schemas/events/event.ts";
import type { EventRow } from "../schemas/tables/event-columns.ts";
import type { SourceCount } from "../table/days/source-counts.ts";
import type { ReadRecord } from "./read-record.ts";

type Seen = { rows: number; at: number; lags: number[] };

/** By day, what came from each source. Copies count as nothing, and neither does what an event adds to an old visit. */
export function countSources(
  records: readonly ReadRecord[],
  repeats: ReadonlyMap<string, ReadonlySet<number>>,
): Map<string, SourceCount[]> {
  const days = new Map<string, Map<SourceName, Seen>>();
  for (const record of records) {
    const rows = record.kind === "events" ? countedRows(record.rows, repeats.get(record.recordId)) : [];
    const [first] = record.kind === "events" ? record.rows : [];
    if (record.kind === "unreadable" || first === undefined || rows.length === 0) continue;
    const day = days.get(record.day) ?? new Map<SourceName, Seen>();
    days.set(record.day, day);
    const source = sourceOfRow(first);
    const seen = day.get(source) ?? { rows: 0, at: 0, lags: [] };
    day.set(source, seen);
    seen.rows += rows.length;
    seen.at = Math.max(seen.at, record.approximateArrivalTimestamp);
    const received = Date.parse(first.received_at);
    for (const { occurred_at } of rows) seen.lags.push(Math.max(0, received - Date.parse(occurred_at)));
  }
  return new Map([...days].map(([day, sources]) => [day, [...sources].map(toCount)]));
}

function countedRows(rows: readonly EventRow[], copies: ReadonlySet<number> | undefined): readonly EventRow[] {
  return rows.filter(({ name }, at) => name !== VISIT_PART && !copies?.has(at));
}

function toCount([source, { rows, at, lags }]: [SourceName, Seen]): SourceCount {
  return { source, rows, at, lag: median(lags) };
}

/** The lower of the two in the middle. */
function median(numbers: number[]): number {
  return numbers.sort((a, b) => a - b)[(numbers.length - 1) >> 1] ?? 0;
}
