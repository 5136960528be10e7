/** The lake's tables in DuckDB's memory, to execute queries on: events go in as lines of JSON, rollups by the rollup query. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bindParameters } from "../../local/athena-parameters.ts";
import { openDatabase } from "../../local/duckdb.ts";
import { metricRollup } from "../../src/athena-queries/metric-rollup.ts";
import { monthByDay, monthRollup } from "../../src/athena-queries/month-rollup.ts";
import type { Sql } from "../../src/athena-queries/sql.ts";
import type { Metric } from "../../src/metrics/define-metric.ts";
import { type EventRow, eventColumns } from "../../src/schemas/event-columns.ts";
import { rollupColumns } from "../../src/schemas/rollup-columns.ts";

const types: Record<string, string> = { string: "varchar", "decimal(38,0)": "decimal(38,0)" };
const toType = (type: string) => types[type] ?? type;
const eventTypes = { ...eventColumns, dt: "string" };

/** A row of the lake: an event and the partition in which it is. */
export type LakeRow = EventRow & { dt: string };

export async function openLake() {
  const stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), "daymark-lake-"));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const database = stack.use(await openDatabase({ home }));
  const connection = stack.use(await database.connect());
  const columns = (all: object) => Object.entries(all).map(([name, type]) => `${name} ${toType(type)}`);
  await connection.run("create macro array_join(list, separator) as array_to_string(list, separator)");
  await connection.run(`create table events (${columns(eventTypes)})`);
  await connection.run(`create table rollups (${columns({ ...rollupColumns, dt: "string" })})`);
  const ask = async ({ text, params }: Sql) => {
    const reader = await connection.runAndReadAll(bindParameters(text, params));
    return reader.getRowObjectsJson();
  };
  return {
    /** Rows as JSON values; bigint and decimal come as text. */
    ask,
    async clear() {
      await connection.run("truncate events; truncate rollups");
    },
    async add(rows: readonly LakeRow[]) {
      const file = join(home, "rows.json");
      await writeFile(file, rows.map((row) => JSON.stringify(row)).join("\n"));
      const read = Object.entries(eventTypes).map(([name, type]) => `${name}: '${toType(type)}'`);
      await connection.run(
        `insert into events by name from read_json('${file}', format = 'newline_delimited', columns = {${read}})`,
      );
    },
    async rollUp(catalog: readonly Metric[], days: readonly string[]) {
      for (const day of days) {
        const { text, params } = metricRollup(catalog, day);
        await connection.run(`insert into rollups select *, '${day}' from (${bindParameters(text, params)})`);
      }
    },
    async rollUpMonth(range: { from: string; to: string }, name: string) {
      for (const [kind, { text, params }] of [["m", monthRollup(range)] as const, ["d", monthByDay(range)] as const])
        await connection.run(`insert into rollups select *, '${kind}${name}' from (${bindParameters(text, params)})`);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
