/**
 * How many events the stream function counts on one core: everything it does for a batch except waiting for DynamoDB.
 */
import { catalog } from "../../src/metrics/catalog.ts";
import { answerBatch } from "../../src/stream/answer-batch.ts";
import { countBatch } from "../../src/stream/count-batch.ts";
import { claimsOf, repeatsIn } from "../../src/stream/find-repeats.ts";
import { emptyPage, readOn } from "../../src/stream/known-page.ts";
import { readBatch } from "../../src/stream/read-batch.ts";
import { sentRecords } from "../../src/stream/sent-records.ts";
import { packBlock } from "../../src/table/blocks/packed-block.ts";
import type { Bench } from "../report.ts";
import { createBatches, type StreamBatch, timezone } from "../traffic/batches.ts";
import { cpuMs, inTurns } from "./rounds.ts";

const ROUNDS = 9;
const BATCHES = 10;

export const streamSpeed: Bench = {
  title: "stream handler without DynamoDB, on batches of 1 MB, 20 events a request",
  async run() {
    const next = createBatches({ seed: 1, events: 20, megabytes: 1 });
    const batches = Array.from({ length: BATCHES }, next);
    const events = sum(batches, (batch) => batch.events);
    const bytes = sum(batches, (batch) => batch.bytes);
    // Events per second of CPU time, so that other programs on the machine do not matter.
    const rate = (work: () => void) => async () => (events / (await cpuMs(work))) * 1000;
    const rates = await inTurns(ROUNDS, {
      handler: rate(() => batches.forEach(handle)),
      parse: rate(() => batches.forEach(parseOnly)),
    });
    return [
      { what: "stream handler", measured: rates.handler, unit: "events/s" },
      { what: "  floor: base64 and JSON.parse alone", measured: rates.parse, unit: "events/s" },
      { what: "  of the floor", measured: (100 * rates.handler) / rates.parse, unit: "%", atLeast: 70 },
      { what: "  size of an event's row", measured: bytes / events, unit: "bytes" },
    ];
  },
};

/** What the handler does, with a ledger page in memory instead of in DynamoDB. */
function handle({ records }: StreamBatch): number {
  const batch = readBatch(records);
  const { copies, claims, requestsByPage } = claimsOf(sentRecords(batch));
  const entered = new Map(
    [...requestsByPage].map(([name, requests]) => {
      const page = emptyPage(name);
      readOn(page, 0, [claims]);
      return [name, new Map(requests.map((request) => [request, { above: [], page, position: 0 }]))] as const;
    }),
  );
  const repeats = repeatsIn(copies, entered);
  const days = countBatch(batch, repeats, catalog, timezone);
  const blocks = days.map(({ sections }) => packBlock({ arrived: batch.arrived }, sections));
  return blocks.length + answerBatch(batch, repeats).length;
}

function parseOnly({ records }: StreamBatch): void {
  for (const { data } of records) {
    for (const line of Buffer.from(data, "base64").toString("utf8").trimEnd().split("\n")) JSON.parse(line);
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
