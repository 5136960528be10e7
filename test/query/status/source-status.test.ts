import { expect, test } from "vitest";
import type { Tally } from "../../../src/metrics/merge.ts";
import { type SourceParts, toSources } from "../../../src/query/status/source-status.ts";
import type { SourceCount } from "../../../src/table/days/source-counts.ts";
import { ledgerDay } from "../../fixtures/ledger-day.ts";

const today = "2026-03-10";
const [noon, yesterday] = [Date.parse("2026-03-10T03:00:00Z"), Date.parse("2026-03-09T03:00:00Z")];
const sources = (changes: Partial<SourceParts>) =>
  toSources({ days: [], rejected: new Map(), refused: new Map(), since: "2026-03-04", today, ...changes });
const day = (name: string, ...counts: SourceCount[]) => ledgerDay({ day: name, sources: counts });
const tally = (counts: Record<string, bigint>): Tally => new Map(Object.entries(counts));
const none = { rows: 0, rejected: 0, refused: 0 };

test("each source is told with its newest row, whatever day that is on, and the rows of the days", () => {
  const days = [
    day("2026-03-03", { source: "kafka", rows: 1000, at: yesterday, lag: 5 }),
    day("2026-03-04", { source: "kafka", rows: 20, at: noon, lag: 9 }),
    ledgerDay({ day: "2026-03-05" }),
    day(today, { source: "apps", rows: 7, at: noon, lag: 2 }, { source: "kafka", rows: 1, at: yesterday, lag: 3 }),
  ];
  expect(sources({ days })).toMatchObject([
    { source: "apps", lag_ms: 2, today: { rows: 7 }, last_7_days: { rows: 7 } },
    {
      source: "kafka",
      last_seen: "2026-03-10T03:00:00.000Z",
      lag_ms: 9,
      today: { rows: 1 },
      last_7_days: { rows: 21 },
    },
  ]);
});

test("a source that has been silent for longer is still told, with what it sent last", () => {
  expect(sources({ days: [day("2026-02-20", { source: "otlp", rows: 4, at: 1_771_500_000_000, lag: 60 })] })).toEqual([
    { source: "otlp", last_seen: "2026-02-19T11:20:00.000Z", lag_ms: 60, today: none, last_7_days: none, refused: [] },
  ]);
});

test("a source of which nothing was taken is told by what was rejected or refused", () => {
  const rejected = new Map([
    ["2026-03-09", tally({ buckets: 3n })],
    [today, tally({ buckets: 2n, apps: 1n })],
  ]);
  const refused = new Map([
    ["2026-03-09", tally({ "key++otlp": 4n, "size+server+otlp": 9n })],
    [today, tally({ "key+server+otlp": 6n, "key+web": 5n })],
  ]);
  expect(sources({ days: [ledgerDay({ day: "2026-03-09" }), ledgerDay({ day: today })], rejected, refused })).toEqual([
    {
      source: "apps",
      last_seen: null,
      lag_ms: null,
      today: { ...none, rejected: 1 },
      last_7_days: { ...none, rejected: 1 },
      refused: [],
    },
    {
      source: "otlp",
      last_seen: null,
      lag_ms: null,
      today: { ...none, refused: 6 },
      last_7_days: { ...none, refused: 19 },
      refused: [
        { reason: "key", requests: 10 },
        { reason: "size", requests: 9 },
      ],
    },
    {
      source: "buckets",
      last_seen: null,
      lag_ms: null,
      today: { ...none, rejected: 2 },
      last_7_days: { ...none, rejected: 5 },
      refused: [],
    },
  ]);
});
