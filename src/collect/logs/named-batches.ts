/**
 * What sources deliver that name their events, or the file that a line stands in, as batches that are the same however often and beside
 * whatever else they come: so that each event counts once, without a key or an id from outside.
 */

import { timedUuidFrom, uuidFrom } from "../../schemas/stable-uuid.ts";
import { TRUSTED_APP } from "../../schemas/trusted-app.ts";
import type { SourcedEvent } from "../../sources/aws/sourced-event.ts";
import { type CollectContext, type Collected, collectEvents } from "../collect.ts";

/**
 * Events that are one batch. Copies of it meet in the minute of `at` (epoch ms) where there is one, else in that of their arrival;
 * an event without an id of its own is named by its place, which then has to be the same each time.
 */
export type NamedBatch = { name: readonly string[]; at: number | undefined; events: readonly unknown[] };

const MINUTE_MS = 60_000;

/** Decides about a batch, as about one that came with the trusted key: nobody but AWS can invoke the functions of sources. */
export function collectNamed({ name, at, events }: NamedBatch, context: CollectContext): Collected {
  const batchId = at === undefined ? uuidFrom("source", ...name) : timedUuidFrom(at, "source", ...name);
  const sender = { address: "", userAgent: "", acceptLanguage: "", country: undefined };
  const caller = { app: TRUSTED_APP, trusted: true };
  return collectEvents({ events: [...events], batchId, sentAt: undefined }, { body: "", caller, ...sender }, context);
}

/**
 * Events in batches by the minute and the stream that they are from, whatever came with them; each with the id that its source gives
 * it, unless it has one.
 */
export function batchesByMinute(source: string, events: readonly SourcedEvent[]): NamedBatch[] {
  const groups = Map.groupBy(events, ({ from, at }) => `${minuteOf(at) ?? ""} ${from}`);
  return [...groups].map(([group, some]) => ({
    name: [source, group],
    at: minuteOf(some[0]?.at),
    events: some.map(({ event, sourceId }) => ({ event_id: uuidFrom(source, sourceId), ...event })),
  }));
}

function minuteOf(at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.floor(at / MINUTE_MS) * MINUTE_MS;
}
