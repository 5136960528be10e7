/**
 * What 1,000,000 events cost on AWS along the whole path, by the number of events per request. Sizes and writes are
 * measured on simulated traffic; what cannot be measured here (how long a call to Firehose or DynamoDB takes on AWS) is
 * a constant below.
 */

import type { Bench, Row } from "../report.ts";
import { recordsOf } from "../traffic/batches.ts";
import { createTraffic } from "../traffic/traffic.ts";
import { type Prices, prices, type Region } from "./prices.ts";
import { measureWrites, type Writes } from "./table-writes.ts";

const GB = 2 ** 30;
const STEP = 5 * 1024;
const POSTINGS = 200;
/** Events per request, and how much a million of them may cost in us-east-1, in USD. */
const sizes = [
  { size: 1, atMost: 1.75 },
  { size: 20, atMost: 0.15 },
  { size: 100, atMost: 0.1 },
];
const AT_A_MILLION_A_DAY = { size: 20, atMost: 0.22 };

/**
 * Collect: 512 MB for the duration of its call to Firehose, and for its own CPU time at 0.29 of a CPU
 * (docs/performance.md).
 */
const COLLECT = {
  gb: 0.5,
  callMs: 20,
  cpuMsOfRequest: { 1: 0.65, 20: 0.9, 100: 2 } as Record<number, number>,
  cpuShare: 0.29,
};
/**
 * Stream: 1 GB for the duration of its calls, which run one after the other, and for its own CPU time at 0.58 of a CPU.
 * In addition to its writes, it reads the day's item and the ledger.
 */
const STREAM = { gb: 1, callMs: 6, reads: 2, cpuMsOfCall: 0.5, cpuMsOfEvent: 0.01, cpuShare: 0.58 };
/** The START, END and REPORT lines of each call of a function. */
const LOG_BYTES_OF_CALL = 350;
/**
 * A day's events are read by the rollup, and counted by the check before it; Parquet is about a sixth of the size of
 * JSON.
 */
const ATHENA = { scans: 2, shareOfJson: 1 / 6 };
/** One object per stream every 300 s, at 1,000,000 events a day. */
const OBJECTS = 86_400 / 300;

type Usage = {
  requests: number;
  batches: number;
  billedGb: number;
  gb: number;
  wcu: number;
  collectMs: number;
  streamMs: number;
};

export const costs: Bench = {
  title: "Firehose bytes billed per event, and USD per 1,000,000 events for the whole path",
  async run() {
    const full = await measureWrites({ postings: POSTINGS, megabytes: 1, batches: 144 });
    const often = await measureWrites({ postings: POSTINGS, megabytes: 0.083, batches: 1728 });
    return [
      ...sizes.flatMap((one) =>
        rowsOf(one, one.size === 1 ? "1 event a request" : `${one.size} events a request`, full),
      ),
      // Few events per batch of 10 s, and so more writes per event.
      ...rowsOf(AT_A_MILLION_A_DAY, "20 events, 1,000,000 a day", often),
    ];
  },
};

function rowsOf({ size, atMost }: (typeof sizes)[number], name: string, writes: Writes): Row[] {
  const { bytes, billed } = measureRecords(size);
  const usage = usageOf(size, { bytes, billed, writes });
  const note = `of ${Math.round(bytes)} bytes of JSON`;
  return [
    { what: `${name}: Firehose bytes billed`, measured: billed, unit: "bytes/event", note },
    ...(["us-east-1", "ap-northeast-2"] satisfies Region[]).map((region) => {
      const parts = costOf(usage, prices[region]);
      const total = Object.values(parts).reduce((sum, part) => sum + part, 0);
      const shares = Object.entries(parts).map(([part, usd]) => `${part} ${usd.toFixed(3)}`);
      const target = region === "us-east-1" && { atMost };
      return { what: `  ${region}`, measured: total, unit: "USD/million", note: shares.join(", "), ...target };
    }),
  ];
}

/** Bytes per event: actual, and as billed by Firehose, which rounds each record up to 5 KB. */
function measureRecords(size: number): { bytes: number; billed: number } {
  const traffic = createTraffic({ seed: 3, postings: POSTINGS });
  const requests = 200;
  let bytes = 0;
  let billed = 0;
  for (let i = 0; i < requests; i++) {
    for (const { length } of recordsOf(traffic.next(size, Date.now()), Date.now())) {
      bytes += length;
      billed += Math.ceil(length / STEP) * STEP;
    }
  }
  return { bytes: bytes / requests / size, billed: billed / requests / size };
}

function usageOf(size: number, { bytes, billed, writes }: { bytes: number; billed: number; writes: Writes }): Usage {
  const batches = 1e6 / writes.events;
  return {
    requests: 1e6 / size,
    batches,
    billedGb: (1e6 * billed) / GB,
    gb: (1e6 * bytes) / GB,
    wcu: batches * (writes.blocks + writes.heads + writes.ledger),
    collectMs: COLLECT.callMs + (COLLECT.cpuMsOfRequest[size] ?? 1) / COLLECT.cpuShare,
    streamMs:
      (writes.calls + STREAM.reads) * STREAM.callMs +
      (writes.calls * STREAM.cpuMsOfCall + writes.events * STREAM.cpuMsOfEvent) / STREAM.cpuShare,
  };
}

function costOf(usage: Usage, price: Prices): Record<string, number> {
  const lambda = (calls: number, ms: number, gb: number) =>
    (calls * price.lambdaCalls) / 1e6 + calls * (ms / 1000) * gb * price.lambdaGbSecond;
  return {
    "HTTP API": (usage.requests / 1e6) * price.httpApi,
    collect: lambda(usage.requests, usage.collectMs, COLLECT.gb),
    Firehose: usage.billedGb * (price.firehoseIngest + price.firehoseConversion),
    partitioning: usage.gb * price.firehosePartitioning + (OBJECTS / 1000) * price.firehoseObjects,
    stream: lambda(usage.batches, usage.streamMs, STREAM.gb),
    DynamoDB: (usage.wcu / 1e6) * price.dynamoDbWrites,
    S3: (OBJECTS / 1000) * price.s3Puts,
    Athena: (usage.gb / 1024) * ATHENA.shareOfJson * ATHENA.scans * price.athena,
    logs: (((usage.requests + usage.batches) * LOG_BYTES_OF_CALL) / GB) * price.logs,
  };
}
