/**
 * The lake's tables in an in-memory DuckDB, to run queries on: events are added as lines of JSON, rollups by the rollup
 * query.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bindParameters } from "../../local/athena/parameters.ts";
import { openDatabase } from "../../local/duckdb/database.ts";
import { dailyEvents } from "../../src/athena-queries/daily-events.ts";
import { metricRollup } from "../../src/athena-queries/metric-rollup.ts";
import { monthByDay, monthRollup } from "../../src/athena-queries/month-rollup.ts";
import type { Sql } from "../../src/athena-queries/sql.ts";
import type { Metric } from "../../src/metrics/define-metric.ts";
import { firstOfMonth, lastOfMonth } from "../../src/metrics/time-bucket.ts";
import { dailyEventColumns } from "../../src/schemas/tables/daily-event-columns.ts";
import { type EventRow, eventColumns } from "../../src/schemas/tables/event-columns.ts";
import { monthlyRollupColumns, rollupColumns, rollupsByMonthColumns } from "../../src/schemas/tables/rollup-columns.ts";
import { useTrino } from "../laws/use-trino.ts";

const types: Record<string, string> = { string: "varchar", "array<bigint>": "bigint[]" };
const toType = (type: string) => types[type] ?? type;
const eventTypes = { ...eventColumns, dt: "string" };
const tables = {
  events: eventTypes,
  daily_events: { ...dailyEventColumns, dt: "string" },
  rollups: { ...rollupColumns, dt: "string" },
  rollups_monthly: { ...monthlyRollupColumns, month: "string" },
  rollups_by_month: { ...rollupsByMonthColumns, month: "string" },
};

/** A row of the lake: an event and its partition. */
export type LakeRow = EventRow & { dt: string };

export async function openLake() {
  const stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-lake-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const database = stack.use(await openDatabase({ home }));
  const connection = stack.use(await database.connect());
  const columns = (all: object) => Object.entries(all).map(([name, type]) => `${name} ${toType(type)}`);
  const translate = await useTrino(connection, tables);
  for (const [table, all] of Object.entries(tables)) await connection.run(`create table ${table} (${columns(all)})`);
  const ask = async ({ text, params }: Sql) => {
    const reader = await connection.runAndReadAll(translate(bindParameters(text, params)));
    return reader.getRowObjectsJson();
  };
  const insert = (table: string, { text, params }: Sql, partition: string) =>
    connection.run(
      `insert into ${table} by name select *, ${partition} from (${translate(bindParameters(text, params))})`,
    );
  return {
    run: (statement: string) => connection.run(statement),
    /** Rows as JSON values; bigint and decimal are strings. */
    ask,
    async clear() {
      for (const table of Object.keys(tables)) await connection.run(`truncate ${table}`);
    },
    async add(rows: readonly LakeRow[]) {
      const file = join(home, "rows.json");
      await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
      const read = Object.entries(eventTypes).map(([name, type]) => `${name}: '${toType(type)}'`);
      await connection.run(
        `insert into events by name from read_json('${file}', format = 'newline_delimited', columns = {${read}})`,
      );
    },
    /** Writes the events of days once each, as sealing does. */
    async writeEvents(days: readonly string[]) {
      for (const day of days) await insert("daily_events", dailyEvents(day, "events"), `'${day}' as dt`);
    },
    async rollUp(catalog: readonly Metric[], days: readonly string[]) {
      await this.writeEvents(days);
      for (const day of days) await insert("rollups", metricRollup(catalog, day, "UTC"), `'${day}' as dt`);
    },
    async rollUpMonth(month: string) {
      const range = { from: firstOfMonth(month), to: lastOfMonth(month) };
      await insert("rollups_monthly", monthRollup(range), `'${month}' as month`);
      await insert("rollups_by_month", monthByDay(range), `'${month}' as month`);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
