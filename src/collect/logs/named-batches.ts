/**
 * Turns what sources deliver into batches, if the source names its events or the file that a line is in. The batches
 * are the same however often, and together with whatever else, they are delivered: so each event counts once, without a
 * key or an id from outside.
 */

import type { SourceName } from "../../schemas/event-source.ts";
import { timedUuidFrom, uuidFrom } from "../../schemas/stable-uuid.ts";
import { TRUSTED_APP } from "../../schemas/trusted-app.ts";
import type { SourcedEvent } from "../../sources/aws/sourced-event.ts";
import { type CollectContext, type Collected, collectEvents } from "../collect.ts";

/**
 * Events that form one batch. Its copies meet in the minute of `at` (epoch ms) if given, otherwise in that of their
 * arrival. An event without an id of its own is named by its index, which must then be the same each time.
 */
export type NamedBatch = { name: readonly string[]; at: number | undefined; events: readonly unknown[] };

const MINUTE_MS = 60_000;

/** Decides about a batch as if it came with the trusted key: only AWS can invoke the functions of sources. */
export function collectNamed({ name, at, events }: NamedBatch, source: SourceName, context: CollectContext): Collected {
  const batchId = at === undefined ? uuidFrom("source", ...name) : timedUuidFrom(at, "source", ...name);
  const sender = { address: "", userAgent: "", acceptLanguage: "", country: undefined };
  const caller = { app: TRUSTED_APP, trusted: true };
  return collectEvents(
    { events: [...events], batchId, sentAt: undefined },
    { body: "", caller, source, ...sender },
    context,
  );
}

/**
 * Groups events into batches by their minute and by the stream they come from, whatever they were delivered with. Each
 * event gets the id that its source gives it, unless it has one.
 */
export function batchesByMinute(source: string, events: readonly SourcedEvent[]): NamedBatch[] {
  const groups = Map.groupBy(events, ({ from, at }) => `${minuteOf(at) ?? ""} ${from}`);
  return [...groups].map(([group, some]) => ({
    name: [source, group],
    at: minuteOf(some[0]?.at),
    events: some.map(({ event, sourceId }) => ({ ...event, event_id: event.event_id ?? uuidFrom(source, sourceId) })),
  }));
}

function minuteOf(at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.floor(at / MINUTE_MS) * MINUTE_MS;
}
