/** Adds up the events of a Firehose batch, without copies. */
import { REFUSED_BREAKDOWN, REJECTED, type Section } from "../metrics/block.ts";
import type { Metric } from "../metrics/define-metric.ts";
import { createIncrements } from "../metrics/increments.ts";
import { escapeValue, joinKey } from "../metrics/key.ts";
import { sourceOfRow } from "../schemas/event-source.ts";
import { noEvents, VISIT_PART } from "../schemas/events/event.ts";
import type { EventRow } from "../schemas/tables/event-columns.ts";
import type { RejectedRow } from "../schemas/tables/rejected-columns.ts";
import type { SourceCount } from "../table/days/source-counts.ts";
import { countSources } from "./count-sources.ts";
import type { Batch } from "./read-batch.ts";
import type { ReadRecord } from "./read-record.ts";

/**
 * What a batch adds to a day: the number of rows that go to the lake, the number of robots' events among them that no
 * metric counts, what came from each source, and the sections of its block.
 */
export type DayTally = {
  day: string;
  rows: number;
  robots?: number;
  sources?: readonly SourceCount[];
  sections: Section[];
};

/** For each record, the indexes of its events that must not count; records without such events are left out. */
export type Repeats = ReadonlyMap<string, ReadonlySet<number>>;

const LIVE_MS = 3 * 3_600_000;

/** Adds up what counts, by day. A copy adds to `rows`, because it goes to the lake, but is not counted. */
export function countBatch(
  { records }: Batch,
  repeats: Repeats,
  catalog: readonly Metric[],
  timeZone: string,
): DayTally[] {
  const increments = createIncrements(catalog, timeZone);
  const rows = new Map<string, number>();
  const robots = new Map<string, number>();
  for (const record of records) {
    if (record.kind !== "events") continue;
    rows.set(record.day, (rows.get(record.day) ?? 0) + record.rows.length);
    const copies = repeats.get(record.recordId);
    const liveFrom = new Date(record.approximateArrivalTimestamp - LIVE_MS).toISOString();
    for (const [at, row] of record.rows.entries()) {
      if (copies?.has(at)) continue;
      // What is added to a visit of the day before did not happen in the minute in which that began.
      increments.add(row, row.occurred_at >= liveFrom && row.name !== VISIT_PART);
      if (isLeftOut(row)) robots.set(row.day, (robots.get(row.day) ?? 0) + 1);
    }
  }
  const events = increments.days();
  const sources = countSources(records, repeats);
  const rejected = countRejected(records);
  return [...new Set([...rows.keys(), ...rejected.keys()])].map((day) => ({
    day,
    rows: rows.get(day) ?? 0,
    ...(robots.has(day) && { robots: robots.get(day) ?? 0 }),
    ...(sources.has(day) && { sources: sources.get(day) ?? [] }),
    sections: [...(events.get(day) ?? []), ...(rejected.get(day) ?? [])],
  }));
}

/** Whether an event is a robot's, which is kept but not counted. Requests in servers' logs count whoever sends them. */
function isLeftOut({ is_bot, name }: EventRow): boolean {
  return is_bot === true && !noEvents.some((one) => one === name);
}

/**
 * Rejected events and refused requests are counted for the status page by day, app and reason; they are not a metric of
 * the catalog.
 */
function countRejected(records: readonly ReadRecord[]): Map<string, Section[]> {
  const rows = records.flatMap((record) => (record.kind === "rejected" ? record.rows : []));
  return new Map([...Map.groupBy(rows, ({ day }) => day)].map(([day, some]) => [day, sectionsOfRejected(some)]));
}

function sectionsOfRejected(rows: readonly RejectedRow[]): Section[] {
  const { events = [], notes = [] } = Object.groupBy(rows, ({ requests }) =>
    requests === undefined ? "events" : "notes",
  );
  const sections = [
    rejectedSection("", events, () => ""),
    rejectedSection("app", events, ({ app }) => app),
    rejectedSection("reason", events, ({ reason }) => reason),
    rejectedSection("source", events, sourceOfRow),
  ];
  return notes.length === 0 ? sections : [...sections, refusedSection(notes)];
}

function refusedSection(notes: readonly RejectedRow[]): Section {
  const counts = [...Map.groupBy(notes, (note) => joinKey([note.reason, note.app, sourceOfRow(note)]))];
  const values = counts.map(([, some]) => some.reduce((sum, { requests = 0 }) => sum + requests, 0));
  return { metric: REJECTED, breakdown: REFUSED_BREAKDOWN, keys: counts.map(([key]) => key), values };
}

function rejectedSection(
  breakdown: string,
  rows: readonly RejectedRow[],
  keyOf: (row: RejectedRow) => string,
): Section {
  const counts = [...Map.groupBy(rows, keyOf)].map(([key, some]) => [escapeValue(key), some.length] as const);
  return { metric: REJECTED, breakdown, keys: counts.map(([key]) => key), values: counts.map(([, count]) => count) };
}
