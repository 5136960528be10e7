/**
 * A snapshot of MySQL or MariaDB: one transaction that sees all InnoDB tables at one instant, read by one invocation,
 * because no other can join the transaction. https://dev.mysql.com/doc/refman/8.4/en/innodb-consistent-read.html
 */
import * as z from "zod/mini";
import type { SnapshotSource, SnapshotTable } from "../../schemas/snapshot-source.ts";
import { digest, digestedRow } from "../../sources/mysql/digested-rows.ts";
import { tableOf, writingGrant } from "../../sources/mysql/names.ts";
import { isInvisible, readMysqlColumn } from "../../sources/mysql/read-column.ts";
import * as sql from "../../sources/mysql/statements.ts";
import { readTally } from "../../sources/rows/tally.ts";
import { chosenColumns } from "../plan-tables.ts";
import { type Sight, takeAtOnce, type WholeTable } from "../run-at-once.ts";
import type { Step, Surroundings } from "../surroundings.ts";
import type { SourceRow } from "../write-rows.ts";
import { refuseWriter } from "./refuse-writer.ts";

type Row = Record<string, string | null>;
/**
 * A connection. Values are texts; in columns whose names begin with `bytes`, `\x` and hexadecimal digits. `within` is
 * in ms.
 */
export type MysqlDatabase = {
  query(text: string, parameters?: readonly string[], within?: number): Promise<Row[]>;
  rows(text: string, within: number): AsyncIterable<(string | null)[][]>;
};

const found = z.object({ schema: z.string(), name: z.string(), engine: z.nullable(z.string()) });
const column = z.object({
  name: z.string(),
  type: z.string(),
  written: z.string(),
  extra: z.string(),
  precision: z.nullable(z.string()),
  scale: z.nullable(z.string()),
});

/** Takes a run. */
export function takeMysql(settings: SnapshotSource, db: MysqlDatabase, around: Surroundings): Promise<Step> {
  return takeAtOnce(settings, () => openMysql(db, settings), around);
}

async function openMysql(db: MysqlDatabase, settings: SnapshotSource): Promise<Sight> {
  await openSession(db, settings);
  const named = await Promise.all(settings.tables.map((table) => findTable(db, table)));
  await db.query(sql.begin);
  const [seen] = await db.query(sql.instant);
  // A table that was altered or emptied since the transaction began fails here; from here on, such statements wait.
  for (const table of named) await db.query(sql.touch(table));
  const tables = await Promise.all(named.map((table) => planTable(db, table)));
  // Other engines have no transactions, and it is not always known what a view reads.
  const isConsistent = named.every(({ engine }) => engine === "InnoDB");
  return { at: Number(seen?.at), isConsistent, tables };
}

async function openSession(db: MysqlDatabase, settings: SnapshotSource): Promise<void> {
  for (const statement of sql.setSession) await db.query(statement);
  const [server] = await db.query(sql.version);
  await db.query(sql.noTimeLimit[/mariadb/i.test(server?.version ?? "") ? "mariadb" : "mysql"]);
  const lines = (await db.query(sql.grants)).flatMap((row) => Object.values(row));
  const writing = lines.map((line) => writingGrant(line ?? "")).find((grant) => grant !== undefined);
  refuseWriter(settings, writing && `its user may do more than read (${writing})`);
}

type NamedTable = sql.Named & { engine: string | null; settings: SnapshotTable };

async function findTable(db: MysqlDatabase, settings: SnapshotTable): Promise<NamedTable> {
  const { schema, name } = tableOf(settings.table);
  const [row] = await db.query(sql.findTable, [schema, name]);
  if (row === undefined)
    throw new Error(`Cannot take a snapshot of table ${settings.table}: it is not there, or its user may not see it`);
  return { ...found.parse(row), settings };
}

async function planTable(db: MysqlDatabase, { settings, ...table }: NamedTable): Promise<WholeTable> {
  const rows = z.array(column).parse(await db.query(sql.findColumns, [table.schema, table.name]));
  const all = rows.map((one) => ({ name: one.name, isHidden: isInvisible(one), ...readMysqlColumn(one) }));
  const columns = chosenColumns(settings, all);
  return {
    table: settings.table,
    columns,
    digest,
    rows: (within) =>
      sourceRows(
        db.rows(sql.selectRows(table, columns), within),
        columns.map(({ form }) => form),
      ),
    counted: async (within) => readTally((await db.query(sql.tallyRows(table, columns), [], within))[0]),
  };
}

async function* sourceRows(
  rows: AsyncIterable<(string | null)[][]>,
  forms: readonly sql.Form[],
): AsyncGenerator<SourceRow[]> {
  for await (const some of rows) yield some.map((fields) => digestedRow(fields, forms));
}
