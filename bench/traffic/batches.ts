/** Traffic after collect: Firehose records, and batches of them as the stream function receives them. */
import { randomUUID } from "node:crypto";
import { collect } from "../../src/collect/collect.ts";
import { defaultNames, limitsOf } from "../../src/collect/may-send.ts";
import type { FirehoseRecord } from "../../src/stream/read-record.ts";
import { createTraffic, type TrafficOptions, type TrafficRequest } from "./traffic.ts";

const limits = limitsOf({ names: [...defaultNames, "login", "payment"] });
export const timezone = "Asia/Seoul";
export type StreamBatch = { records: FirehoseRecord[]; events: number; bytes: number };

/** What collect makes of one request: the records that it puts, each with the events of one day. */
export function recordsOf({ body, ...browser }: TrafficRequest, now: number): Uint8Array[] {
  const sender = { caller: { app: "web", trusted: false, limits }, address: "203.0.113.7", country: "KR" };
  const context = {
    now,
    newId: randomUUID,
    timezone,
    visitorSalt: "salt",
    maxLatenessDays: 7,
    eventsStreams: ["events"],
  } as const;
  return collect({ body: JSON.stringify(body), ...browser, ...sender }, context).accepted;
}

/**
 * Batches of about `megabytes` (as buffered, before base64), of requests of `events` events each, a millisecond apart.
 */
export function createBatches(options: TrafficOptions & { events: number; megabytes: number; from?: number }) {
  const traffic = createTraffic(options);
  let now = options.from ?? Date.now();
  return (): StreamBatch => {
    const batch: StreamBatch = { records: [], events: 0, bytes: 0 };
    while (batch.bytes < options.megabytes * 2 ** 20) {
      now++;
      for (const bytes of recordsOf(traffic.next(options.events, now), now)) {
        const data = Buffer.from(bytes).toString("base64");
        batch.records.push({ recordId: randomUUID(), approximateArrivalTimestamp: now, data });
        batch.bytes += bytes.length;
      }
      batch.events += options.events;
    }
    return batch;
  };
}
