/**
 * Wherever the watermark is and whichever days are open, history and present add up to the same answer: total, groups
 * and series of count, sum and distinct metrics, with the real SQL for history on DuckDB.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { historyRow, metricHistory } from "../../src/athena-queries/metric-history.ts";
import { catalog, findMetric } from "../../src/metrics/catalog.ts";
import { breakdownName, type Dimension, findBreakdown, HOUR, type Metric } from "../../src/metrics/define-metric.ts";
import { type Sketch, toWords } from "../../src/metrics/distinct-sketch.ts";
import { createIncrements } from "../../src/metrics/increments.ts";
import { toNumber, type Value } from "../../src/metrics/merge.ts";
import { addDays, daysBetween } from "../../src/metrics/time-bucket.ts";
import { toHistory, toRealtime } from "../../src/query/parts.ts";
import type { Question } from "../../src/query/question.ts";
import { rollupsToRead } from "../../src/query/read-layers.ts";
import { splitDays } from "../../src/query/split-days.ts";
import { toAnswer } from "../../src/query/to-answer.ts";
import type { EventRow } from "../../src/schemas/tables/event-columns.ts";
import { rollupColumns } from "../../src/schemas/tables/rollup-columns.ts";
import { eventRows, zone } from "../fixtures/event-rows.ts";
import { dayIncrements, type Increment } from "../fixtures/increments.ts";
import { lawRuns } from "./law-runs.ts";
import { useTrino } from "./use-trino.ts";

const days = daysBetween("2026-11-27", "2026-12-01");
const now = Date.parse("2026-12-01T12:00:00+09:00");
const clock = { now, today: "2026-12-01" };
let db: DuckDBConnection;
let translate: (text: string) => string;

beforeAll(async () => {
  db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
  translate = await useTrino(db, { rollups: { ...rollupColumns, dt: "string" } });
  await db.run(
    "create table rollups (metric varchar, dimensions varchar, keys varchar, events bigint, value bigint, amount decimal(38,0), sketch bigint[], register int, dt varchar)",
  );
});

type Asked = [string, Dimension[], { [D in Dimension]?: string }, interval?: "hour" | "week" | "month"];

const questions: Asked[] = [
  ["clicks", ["target"], {}],
  ["clicks", [], { target: "50%" }],
  ["clicks", ["device"], { target: "posting-1" }],
  ["revenue", ["currency"], {}],
  ["revenue", ["target"], { currency: "KRW" }],
  ["visitors", [], {}],
  ["users", ["country"], {}],
  ["clicks", [], {}, "hour"],
  ["clicks", ["app"], {}, "hour"],
  ["revenue", [], { currency: "KRW" }, "hour"],
  ["visitors", [], { app: "web" }, "hour"],
  ["users", ["app"], {}, "hour"],
];
/** The days are on both sides of a Monday, and of the first of a month. */
const mergedQuestions: Asked[] = [
  ["clicks", ["target"], {}, "week"],
  ["visitors", [], {}, "week"],
  ["users", ["country"], {}, "month"],
  ["visitors", [], { app: "web" }, "month"],
  ["revenue", [], { currency: "KRW" }, "month"],
];
/** Enough rows that a week has some in both layers. */
const rowsOf = (minLength: number) =>
  fc.uniqueArray(eventRows(days), { minLength, maxLength: 40, selector: ({ event_id }) => event_id });
const places = fc.record({ passed: fc.integer({ min: -1, max: 4 }), open: fc.subarray([...days]) }).map((place) => {
  // Before the first batch run there is no watermark, and every day with events is marked.
  return place.passed < 0 ? { ...place, open: days } : place;
});

it.each([
  ["totals, days and hours", questions, 0],
  ["weeks and months", mergedQuestions, 30],
])(
  "any watermark and any open days give the same answer: %s",
  async (_, questions, least) => {
    await fc.assert(
      fc.asyncProperty(
        rowsOf(least),
        fc.constantFrom(...questions),
        places,
        async (all, [name, by, where, interval], { passed, open }) => {
          const metric = findMetric(name);
          const hour: Dimension[] = interval === "hour" ? [HOUR] : [];
          const breakdown = metric && findBreakdown(metric, [...by, ...(Object.keys(where) as Dimension[]), ...hour]);
          if (metric === undefined || breakdown === undefined) throw new Error(`${name} by ${by} is not kept`);
          const increments = countAll(all);
          await fillRollups(increments, metric);
          const question: Question = {
            metric,
            breakdown,
            by,
            where,
            from: "2026-11-27",
            to: "2026-12-01",
            series: true,
            ...(interval !== undefined && interval !== "hour" && { bucket: interval }),
            limit: 100,
            offset: 0,
          };
          const watermark = passed < 0 ? undefined : addDays("2026-11-27", passed);
          const answer = await ask(question, increments, watermark, open);
          const present = await ask(question, increments, undefined, days);
          const { total, groups, series } = present;
          expect(answer).toMatchObject({ total, ...(groups && { groups }), series });
        },
      ),
      { numRuns: lawRuns * 2 },
    );
  },
  3_600_000,
);

function countAll(all: readonly EventRow[]): Increment[] {
  const increments = createIncrements(catalog, zone);
  for (const row of all) increments.add(row, false);
  return dayIncrements(increments);
}

async function fillRollups(increments: readonly Increment[], { name, value: { kind } }: Metric) {
  await db.run("delete from rollups");
  const rows = increments
    .filter((one) => one.metric === name)
    .map(({ bucket, metric, breakdown, key, value }) => {
      const number = kind === "sum" ? "null" : toNumber(value);
      const [amount, sketch] = [kind === "sum" ? value : "null", typeof value === "bigint" ? "null" : wordsOf(value)];
      return `(${[metric, breakdown, key].map(quote)}, 1, ${number}, ${amount}, ${sketch}, null, ${quote(bucket)})`;
    });
  if (rows.length > 0) await db.run(`insert into rollups values ${rows.join(", ")}`);
}

function wordsOf(sketch: Sketch): string {
  return `[${toWords(sketch).join(", ")}]`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function ask(
  question: Question,
  increments: readonly Increment[],
  watermark: string | undefined,
  open: readonly string[],
) {
  const state = {
    rollupVersion: 1,
    open: new Map(open.map((day) => [day, 1])),
    short: new Map(),
    months: new Map(),
    dueMonths: new Set<string>(),
    ...(watermark === undefined ? {} : { watermark }),
  };
  const { presentDays, history } = splitDays(question, state, new Map(), clock);
  const tallies = new Map(presentDays.map((day) => [day, tallyOf(increments, question, day)]));
  const sealed =
    history === undefined
      ? []
      : await askRollups({
          ...question,
          ...history,
          ...rollupsToRead(question, { presentDays, history }, state),
          months: new Set(),
        });
  const parts = { history: toHistory(sealed), realtime: toRealtime(tallies, question) };
  return toAnswer(question, parts, { now, timezone: zone, watermark });
}

function tallyOf(increments: readonly Increment[], { metric, breakdown }: Question, day: string): Map<string, Value> {
  const mine = increments.filter(
    (one) => one.bucket === day && one.metric === metric.name && one.breakdown === breakdownName(breakdown),
  );
  return new Map(mine.map(({ key, value }) => [key, value]));
}

async function askRollups(question: Parameters<typeof metricHistory>[0]) {
  const { text, params } = metricHistory(question);
  const left = [...params];
  const result = await db.runAndReadAll(translate(text.replace(/\?/g, () => left.shift() ?? "null")));
  return result.getRowObjectsJson().map((row) => {
    const texts = Object.entries(row).map(([name, value]) => [name, value === null ? null : String(value)]);
    return historyRow.parse(Object.fromEntries(texts));
  });
}
