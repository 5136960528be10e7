/** The statements of all reports that are recorded in test/athena-queries/sql, built for the days of the lake. */
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { dailyEvents } from "../../../src/athena-queries/daily-events.ts";
import { lakeRows } from "../../../src/athena-queries/lake-rows.ts";
import { type HistoryQuestion, metricHistory } from "../../../src/athena-queries/metric-history.ts";
import { metricRollup } from "../../../src/athena-queries/metric-rollup.ts";
import { monthByDay, monthRollup } from "../../../src/athena-queries/month-rollup.ts";
import { oldRollup } from "../../../src/athena-queries/old-rollup.ts";
import { countFiles, type Person, personFiles, unloadOthers } from "../../../src/athena-queries/person-rows.ts";
import { placedDays } from "../../../src/athena-queries/placed-days.ts";
import { reusedIds } from "../../../src/athena-queries/reused-ids.ts";
import { rollupDigest } from "../../../src/athena-queries/rollup-digest.ts";
import type { Sql } from "../../../src/athena-queries/sql.ts";
import { markedCopies, unmetCopies } from "../../../src/athena-queries/unmet-copies.ts";
import { catalog, findMetric } from "../../../src/metrics/catalog.ts";
import { bucketOf, firstOfMonth, lastOfMonth, monthOf } from "../../../src/metrics/time-bucket.ts";
import { zone } from "../../fixtures/event-rows.ts";
import { askAthena } from "../ask-athena.ts";
import type { Lake } from "../lake.ts";
import { type Statement, statementOf } from "./compare-statements.ts";

const folder = resolve(import.meta.dirname, "../../athena-queries/sql");

/** Each recorded statement once per day that it can be asked of. Throws if one in the folder is not built here. */
export async function reportStatements(lake: Lake): Promise<Statement[]> {
  const recorded = (await readdir(folder)).map((name) => name.replace(/\.sql$/, "")).sort();
  const statements = await buildStatements(lake);
  const missing = recorded.filter((name) => !statements.some((one) => one.name === name));
  if (missing.length > 0) throw new Error(`No statement is built as those recorded: ${missing.join(", ")}`);
  return statements;
}

async function buildStatements(lake: Lake): Promise<Statement[]> {
  const { days } = lake;
  const [first = "", last = ""] = [days[0], days.at(-1)];
  const month = monthOf(first);
  const range = { from: firstOfMonth(month), to: lastOfMonth(month) };
  const [person, files] = await somebody(lake, first);
  const months = new Set(
    (await askAthena(lake, "select distinct month from rollups_monthly")).map(([one]) => one ?? ""),
  );
  const of = (name: string, all: readonly Sql[]) => all.map((one) => statementOf(name, one));
  return [
    ...of(
      "daily-events",
      days.map((day) => dailyEvents(day, "events")),
    ),
    ...of(
      "daily-events-again",
      days.map((day) => dailyEvents(day, "both")),
    ),
    ...of(
      "daily-events-without-copies",
      days.map((day) => dailyEvents(day, "events", "never count")),
    ),
    ...of("reused-ids", [reusedIds(days)]),
    ...of("marked-copies", [markedCopies(days)]),
    ...of("unmet-copies", [unmetCopies(days, "beside")]),
    ...of("unmet-copies-anywhere", [unmetCopies(days, "anywhere")]),
    ...of("rollup-digest", [rollupDigest(days)]),
    ...of("lake-rows", [lakeRows("events", days), lakeRows("daily_events", days)]),
    ...of(
      "metric-rollup",
      days.map((day) => metricRollup(catalog, day, zone)),
    ),
    ...of("month-rollup", [monthRollup(range)]),
    ...of("month-rollup-by-day", [monthByDay(range)]),
    ...of(
      "old-rollup",
      days.map((day) => oldRollup(day)),
    ),
    ...of("person-files", [personFiles("events", person, days), personFiles("daily_events", person, days)]),
    ...of("person-files-rejected", [personFiles("rejected", person, days)]),
    ...of("count-files", [countFiles("events", days), countFiles("daily_events", days)]),
    ...of("unload-others", [
      unloadOthers(
        { table: "events", person, day: first, files },
        { bucket: lake.bucket, folder: "erase/staged/run-1/" },
      ),
    ]),
    ...of("placed-days", [placedDays({ from: first, to: last })]),
    ...Object.entries(questions(range.from, last, months)).flatMap(([name, question]) =>
      of(name, [metricHistory(question)]),
    ),
  ];
}

/** A visitor of a day, and the files with the visitor's events. */
async function somebody(lake: Lake, day: string): Promise<[Person, string[]]> {
  const rows = await askAthena(
    lake,
    `select visitor_id, "$path" from events where dt = '${day}' and visitor_id is not null order by 1, 2 limit 1`,
  );
  const [id = "", file = ""] = rows[0] ?? [];
  return [{ column: "visitor_id", id: id ?? "" }, [file ?? ""]];
}

function metric(name: string): HistoryQuestion["metric"] {
  const found = findMetric(name);
  if (found) return found;
  throw new Error(`There is no metric ${name}`);
}

function questions(from: string, to: string, months: ReadonlySet<string>): Record<string, HistoryQuestion> {
  const plain = { where: {}, by: [], series: false, except: [], months, sketches: false, from, to };
  const sum = { ...plain, metric: metric("revenue"), breakdown: ["currency" as const], where: { currency: "KRW" } };
  const visitors = { ...plain, metric: metric("visitors"), breakdown: [], sketches: true };
  return {
    "history-of-a-count": { ...plain, metric: metric("clicks"), breakdown: [] },
    "history-of-a-count-by-day-and-target": {
      ...{ ...plain, metric: metric("clicks"), breakdown: ["target"], by: ["target"], series: true },
    },
    "history-of-a-count-by-hour": {
      ...{ ...plain, metric: metric("clicks"), breakdown: ["app", "hour"], where: { app: "web" }, series: true },
    },
    "history-of-a-distinct-count-by-hour": { ...visitors, breakdown: ["hour"], series: true },
    "history-of-a-sum": sum,
    "history-of-years": { ...plain, metric: metric("clicks"), breakdown: ["target"], by: ["target"] },
    "history-of-a-distinct-count": visitors,
    "history-of-a-distinct-count-by-week": {
      ...visitors,
      series: true,
      bucket: "week",
      mergedBuckets: [bucketOf(to, "week")],
    },
    "history-of-years-by-month": { ...plain, metric: metric("clicks"), breakdown: [], series: true, bucket: "month" },
    "history-of-a-distinct-count-by-day": { ...visitors, series: true },
    "history-of-a-distinct-count-by-day-and-country": {
      ...visitors,
      breakdown: ["country"],
      by: ["country"],
      series: true,
    },
  };
}
