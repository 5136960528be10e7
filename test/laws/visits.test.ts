/**
 * Visits are sums of what single events say: for any sessions, over midnight, sent again, late or out of order, the
 * increments of the stream, the SQL of the rollups, and a count of the sessions themselves give the same visits,
 * bounces, durations, entries and exits; and so does every answer, wherever the watermark stands.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { dailyEvents } from "../../src/athena-queries/daily-events.ts";
import { historyRow, metricHistory } from "../../src/athena-queries/metric-history.ts";
import { metricRollup } from "../../src/athena-queries/metric-rollup.ts";
import type { Sql } from "../../src/athena-queries/sql.ts";
import { collect } from "../../src/collect/collect.ts";
import { catalog, derivedMetrics } from "../../src/metrics/catalog.ts";
import { breakdownName } from "../../src/metrics/define-metric.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { answerQuestion } from "../../src/query/answer-question.ts";
import { readQuestion } from "../../src/query/question.ts";
import type { Readers } from "../../src/query/read-layers.ts";
import { type EventRow, eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { rollupColumns } from "../../src/schemas/tables/rollup-columns.ts";
import { dayIncrements, type Increment } from "../fixtures/increments.ts";
import { ledgerDay } from "../fixtures/ledger-day.ts";
import { rollupState } from "../fixtures/rollup-state.ts";
import { rowsOf } from "../rows.ts";
import { dearLawRuns } from "./law-runs.ts";
import { type DrawnSession, type SentEvent, sessionEvents, visitsByHand } from "./plain/visits-by-hand.ts";
import { useTrino } from "./use-trino.ts";

const allMetrics = [...catalog, ...derivedMetrics];

const timezone = "Asia/Seoul";
const days = daysBetween("2026-11-18", "2026-11-21");
const midnight = Date.parse("2026-11-18T00:00:00+09:00");
const now = Date.parse("2026-11-22T12:00:00+09:00");
const kept = catalog.filter(({ name }) => /visits$|visit_|next_pages/.test(name));

let db: DuckDBConnection;
let translate: (text: string) => string;

beforeAll(async () => {
  db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  const events = { ...eventColumns, dt: "string" };
  translate = await useTrino(db, { events, daily_events: events, rollups: { ...rollupColumns, dt: "string" } });
  const columns = Object.entries(events).map(([name, type]) => `${name} ${type === "string" ? "varchar" : type}`);
  await db.run(`create table events (${columns.join(", ")})`);
});

/** Half of the sessions begin so close to a midnight that their next event is most often after it. */
const starts = fc.oneof(
  fc.integer({ min: 0, max: 3 * 86_400_000 - 1 }),
  fc
    .tuple(fc.integer({ min: 1, max: 2 }), fc.constantFrom(-1, -1000, -600_000))
    .map(([day, ms]) => day * 86_400_000 + ms),
);
const gap = fc.oneof(fc.integer({ min: 0, max: 1_800_000 }), fc.constantFrom(0, 1, 900_000, 1_800_000));
const sessions: fc.Arbitrary<DrawnSession[]> = fc.array(
  fc.record({
    start: starts.map((ms) => midnight + ms),
    source: fc.constantFrom("", "?utm_source=chatgpt.com", "?utm_medium=cpc&utm_campaign=spring"),
    steps: fc.array(fc.record({ path: fc.constantFrom("/", "/a", "/b", "/a b"), gap, isPage: fc.boolean() }), {
      maxLength: 6,
    }),
  }),
  { minLength: 1, maxLength: 6, size: "max" },
);
const questions = fc.record({
  metric: fc.constantFrom(
    "visits",
    "bounces",
    "entries",
    "exits",
    "bounce_rate",
    "pages_per_visit",
    "duration_per_visit",
  ),
  by: fc.constantFrom("", "path", "channel"),
  from: fc.constantFrom(...days),
  to: fc.option(fc.constantFrom(...days), { nil: undefined }),
  sealed: fc.integer({ min: -1, max: 3 }),
});

it("visits are the same by increments, by SQL and by hand", async () => {
  await fc.assert(
    fc.asyncProperty(
      sessions,
      fc.array(fc.nat(20), { maxLength: 6 }),
      fc.array(questions, { minLength: 8, maxLength: 8 }),
      async (drawn, again, asked) => {
        const events = drawn.flatMap(sessionEvents);
        const rows = [...events.toReversed(), ...again.flatMap((i) => events.slice(i, i + 1))].flatMap(rowsOfEvent);
        const once = [...new Map(rows.map((row) => [row.event_id, row])).values()];
        const increments = countAll(once);
        await fillRollups(rows);
        expect(sorted(await rollups())).toEqual(
          sorted(
            increments
              .filter(({ breakdown }) => !breakdown.includes("hour"))
              .map(({ bucket, metric, breakdown, key, value }) => [bucket, metric, breakdown, key, value]),
          ),
        );
        for (const { metric, by, from, to = from, sealed } of asked) {
          const [first = from, last = to] = [from, to].sort();
          if (metric === "exits" && by === "channel") continue;
          const query = `from=${first}&to=${last}&interval=day&limit=1000${by && `&by=${by}`}`;
          const answer = await ask(
            { metric, query },
            increments,
            sealed < 0 ? undefined : addDays("2026-11-18", sealed),
          );
          expect(answer).toMatchObject(visitsByHand(drawn, { metric, by, from: first, to: last, timezone }));
        }
      },
    ),
    // A case rolls four days up, which takes seconds.
    { numRuns: Math.ceil(dearLawRuns / 2) },
  );
}, 1_800_000);

/** A request for each event, so that they may come in any order and more than once. */
function rowsOfEvent(event: SentEvent): EventRow[] {
  const collected = collect(
    {
      body: JSON.stringify([event]),
      caller: { app: "web", trusted: false },
      address: "203.0.113.7",
      userAgent: "",
      country: undefined,
      acceptLanguage: "",
    },
    { now, newId: () => "none", timezone, visitorSalt: "salt", maxLatenessDays: 7, eventsStreams: ["events-0"] },
  );
  expect(collected.answer).toEqual({ status: 202, body: { accepted: 1, rejected: [] } });
  return rowsOf(collected.accepted).map((row): EventRow => JSON.parse(JSON.stringify(row)));
}

function countAll(rows: readonly EventRow[]): Increment[] {
  const increments = createIncrements(kept, timezone);
  for (const row of rows) increments.add(row, false);
  return dayIncrements(increments);
}

async function fillRollups(rows: readonly EventRow[]): Promise<void> {
  await db.run("delete from events");
  for (const row of rows) {
    const entries = Object.entries({ ...row, dt: row.day });
    const values = entries.map(([, value]) => (typeof value === "string" ? quote(value) : String(value)));
    await db.run(`insert into events (${entries.map(([name]) => name).join(", ")}) values (${values.join(", ")})`);
  }
  for (const [i, day] of days.entries()) {
    await db.run(
      `create or replace table daily_events as select *, '${day}' as dt from (${written(dailyEvents(day, "events"))})`,
    );
    const rollup = `select *, '${day}' as dt, cast(null as int) as register from (${written(metricRollup(kept, day, timezone))})`;
    await db.run(i === 0 ? `create or replace table rollups as ${rollup}` : `insert into rollups ${rollup}`);
  }
}

async function rollups(): Promise<unknown[][]> {
  const result = await db.runAndReadAll("select * from rollups where events > 0 and dimensions not like '%hour%'");
  return result
    .getRowObjectsJson()
    .map(({ dt, metric, dimensions, keys, value, amount }) => [
      dt,
      metric,
      dimensions,
      keys,
      BigInt(String(amount ?? value).replace(/\.0+$/, "")),
    ]);
}

function sorted(rows: readonly unknown[][]): string[] {
  return rows.map((row) => row.map(String).join(" # ")).sort();
}

async function ask(request: { metric: string; query: string }, increments: readonly Increment[], watermark?: string) {
  const read: Readers = {
    // Before the first batch run there is no watermark, and every day with events has its mark.
    state: async () =>
      watermark === undefined
        ? rollupState({ open: new Map(days.map((day) => [day, 1])) })
        : rollupState({ rollupVersion: 1, watermark }),
    ledgerDays: async (wanted) => new Map(wanted.map((day) => [day, ledgerDay({ day })])),
    joints: async () => new Map(),
    present: async (wanted, { metric, breakdown }) =>
      new Map(
        wanted.map(({ day }) => {
          const own = increments.filter(
            (one) => one.bucket === day && one.metric === metric.name && one.breakdown === breakdownName(breakdown),
          );
          return [day, new Map(own.map(({ key, value }) => [key, value]))];
        }),
      ),
    history: async (question) => {
      const result = await db.runAndReadAll(written(metricHistory(question)));
      return result.getRowObjectsJson().map((row) => {
        const texts = Object.entries(row).map(([name, value]) => [
          name,
          value === null ? null : String(value).replace(/\.0+$/, ""),
        ]);
        return historyRow.parse(Object.fromEntries(texts));
      });
    },
    forget: async () => {},
    sealedDays: async () => new Set(days),
    placedDays: async () => new Set(days),
  };
  return answerQuestion(readQuestion(request, allMetrics, "2026-11-21"), read, { now, today: "2026-11-21", timezone });
}

function written({ text, params }: Sql): string {
  const left = [...params];
  return translate(
    text.replace(/\?/g, () => {
      const param = left.shift() ?? "";
      return param.startsWith("'") ? param : quote(param);
    }),
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
