/**
 * What each kind of statement does: a query writes its rows as results, UNLOAD writes Parquet to an empty folder, and
 * the others change or show the catalog.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Database } from "../duckdb/database.ts";
import { addChecksum } from "../duckdb/parquet-checksum.ts";
import { AwsError } from "../endpoint/aws-error.ts";
import type { Faults } from "../faults.ts";
import type { Glue, GlueTable } from "../glue/catalog.ts";
import { publishFile, s3Path, syncFile } from "../s3/objects.ts";
import type { Execution } from "./executions.ts";
import { AthenaFailure, toAthenaFailure } from "./failure.ts";
import { writeResults, writeTexts } from "./results.ts";
import type { PartitionSpec, Statement } from "./statement.ts";
import type { Opened, Tables } from "./tables.ts";

export type Context = { home: string; glue: Glue; tables: Tables; database: Database; faults: Faults };
type Of<K extends Statement["kind"]> = Extract<Statement, { kind: K }>;
type Run = { execution: Execution; signal: AbortSignal };
type Runners = { [K in Statement["kind"]]: (context: Context, statement: Of<K>, run: Run) => Promise<void> };

/** StatementType and SubstatementType of GetQueryExecution. */
export const statementTypes = {
  select: { type: "DML", subtype: "SELECT" },
  unload: { type: "DML", subtype: "UNLOAD" },
  add: { type: "DDL", subtype: "ALTER_TABLE_ADD_PARTITION" },
  move: { type: "DDL", subtype: "ALTER_TABLE_SET_LOCATION" },
  drop: { type: "DDL", subtype: "ALTER_TABLE_DROP_PARTITION" },
  showPartitions: { type: "UTILITY", subtype: "SHOW_PARTITIONS" },
  showTables: { type: "UTILITY", subtype: "SHOW_TABLES" },
} as const satisfies Record<Statement["kind"], { type: string; subtype: string }>;

const runners: Runners = { select, unload, add, move, drop, showPartitions, showTables };

/** Runs a statement to its end; throws if it fails. */
export function runStatement(context: Context, statement: Statement, run: Run): Promise<void> {
  const runner = runners[statement.kind] as (context: Context, statement: Statement, run: Run) => Promise<void>;
  return runner(context, statement, run);
}

async function select(context: Context, { query }: Of<"select">, run: Run): Promise<void> {
  const { execution } = run;
  await withConnection(context, query, run, async (connection, { sql, columns }) => {
    const path = s3Path(context.home, execution.outputFile);
    execution.columns = await writeResults(connection, sql, path, columns);
    // The columns are stored beside each result. Athena's own format is binary and not documented; clients only delete
    // it.
    await writeFile(`${path}.metadata`, JSON.stringify(execution.columns));
  });
}

async function unload(context: Context, statement: Of<"unload">, run: Run): Promise<void> {
  const { home, faults } = context;
  const folder = s3Path(home, statement.location);
  if ((await listFolder(folder)).length > 0)
    throw new AthenaFailure(
      "HIVE_PATH_ALREADY_EXISTS",
      `Target directory for table already exists: ${statement.location}`,
    );
  const work = join(home, "athena", "unload");
  await mkdir(work, { recursive: true });
  const temporary = join(work, `${run.execution.id}.parquet`);
  const target = join(folder, `${new Date().toISOString().replace(/[-:TZ.]/g, "")}_${randomUUID()}.parquet`);
  await withConnection(context, statement.query, run, async (connection, { sql }) => {
    const copy = async (query: string) => {
      const options = `FORMAT parquet, COMPRESSION ${statement.compression}`;
      const result = await connection.runAndReadAll(
        `COPY (${query}) TO '${temporary.replaceAll("'", "''")}' (${options})`,
      );
      // As in Athena, no rows make no file.
      if (result.getRows()[0]?.[0] === 0n) return;
      await addChecksum(temporary);
      await syncFile(temporary);
      await publishFile(temporary, target);
    };
    try {
      await faults.check("athena.unload.partial", { location: statement.location });
    } catch (error) {
      await copy(`SELECT * FROM (${sql}) LIMIT 1`);
      throw error;
    }
    await copy(sql);
    await writeManifest(home, statement.location, run.execution);
    await faults.check("athena.unload.after", { location: statement.location });
  }).finally(() => rm(temporary, { force: true }));
}

/**
 * Lists the files of an UNLOAD, one per line.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
 */
async function writeManifest(home: string, location: string, execution: Execution): Promise<void> {
  const names = await listFolder(s3Path(home, location));
  execution.manifest = execution.outputFile.replace(/(\.csv)?$/, "-manifest.csv");
  const path = s3Path(home, execution.manifest);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, names.map((name) => `${location.replace(/\/?$/, "/")}${name}\n`).join(""));
}

/**
 * DuckDB forgets an interrupt when a query begins, so it is repeated, in case it came just before one, or between two.
 */
const INTERRUPT_EVERY_MS = 20;

/** Runs `work` on a connection that sees the tables of `query`, and interrupts it when the query is stopped. */
async function withConnection(
  { database, tables }: Context,
  query: string,
  { execution, signal }: Run,
  work: (connection: DuckDBConnection, opened: Opened) => Promise<void>,
): Promise<void> {
  using connection = await database.connect();
  let interrupting: NodeJS.Timeout | undefined;
  const interrupt = () => {
    connection.interrupt();
    interrupting = setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS);
  };
  await tables.prepare(connection);
  const opened = await tables.open(connection, query, execution.database);
  const { files } = opened;
  execution.scannedBytes = files.reduce((sum, { size }) => sum + size, 0);
  signal.throwIfAborted();
  signal.addEventListener("abort", interrupt);
  try {
    await work(connection, opened);
  } catch (error) {
    // An injected fault determines itself how the query ends.
    if (error instanceof AwsError) throw error;
    throw await namingTheFile(
      database,
      toAthenaFailure(error),
      files.map(({ path }) => path),
    );
  } finally {
    signal.removeEventListener("abort", interrupt);
    clearInterval(interrupting);
  }
}

/** The errors by which DuckDB may report a damaged file; they have other causes, too. */
const perhapsDamage = new Set([
  "HIVE_CURSOR_ERROR",
  "HIVE_CANNOT_OPEN_SPLIT",
  "INVALID_FUNCTION_ARGUMENT",
  "GENERIC_INTERNAL_ERROR",
]);

/** DuckDB does not always say which file it could not read; then the files are tried one by one. */
async function namingTheFile(database: Database, failure: AthenaFailure, files: string[]): Promise<AthenaFailure> {
  if (!perhapsDamage.has(failure.code) || files.some((path) => failure.message.includes(path))) return failure;
  using connection = await database.connect();
  for (const path of files)
    try {
      await connection.run(`SELECT count(COLUMNS(*)) FROM read_parquet('${path.replaceAll("'", "''")}')`);
    } catch {
      return new AthenaFailure("HIVE_CURSOR_ERROR", `Cannot read file ${path}: ${failure.message}`, { cause: failure });
    }
  return failure;
}

async function add({ glue, tables, faults }: Context, statement: Of<"add">, { execution }: Run): Promise<void> {
  const table = tables.find(statement.table, execution.database);
  for (const { spec, location } of statement.partitions) {
    const values = partitionValue(table, spec);
    const key = table.partitionKeys[0]?.name;
    if (glue.partitions(table).has(values)) {
      if (statement.unlessExists) continue;
      throw new AthenaFailure("AlreadyExistsException", `Partition already exists: ${key}=${values}`);
    }
    await change(faults, table, values, async () => {
      const at = location ?? `${table.location.replace(/\/?$/, "/")}${key}=${values}/`;
      await glue.putPartition(table, { values, location: checkLocation(table, values, at) });
    });
  }
}

async function move({ glue, tables, faults }: Context, statement: Of<"move">, { execution }: Run): Promise<void> {
  const table = tables.find(statement.table, execution.database);
  const values = partitionValue(table, statement.spec);
  requirePartition(glue, table, values);
  await change(faults, table, values, () =>
    glue.putPartition(table, { values, location: checkLocation(table, values, statement.location) }),
  );
}

async function drop({ glue, tables, faults }: Context, statement: Of<"drop">, { execution }: Run): Promise<void> {
  const table = tables.find(statement.table, execution.database);
  for (const spec of statement.specs) {
    const values = partitionValue(table, spec);
    if (statement.ifExists && !glue.partitions(table).has(values)) continue;
    requirePartition(glue, table, values);
    await change(faults, table, values, () => glue.dropPartition(table, values));
  }
}

async function showPartitions({ home, glue, tables }: Context, statement: Of<"showPartitions">, { execution }: Run) {
  const table = tables.find(statement.table, execution.database);
  const key = table.partitionKeys[0]?.name;
  const lines = [...glue.partitions(table).keys()].sort().map((values) => `${key}=${values}`);
  execution.columns = [{ Name: "partition", Type: "string" }];
  await writeTexts(lines, s3Path(home, execution.outputFile));
}

async function showTables({ home, glue }: Context, _: Of<"showTables">, { execution }: Run): Promise<void> {
  const names = glue.tables.filter(({ database }) => database === execution.database).map(({ name }) => name);
  execution.columns = [{ Name: "tab_name", Type: "string" }];
  await writeTexts(names.sort(), s3Path(home, execution.outputFile));
}

/**
 * The fault points around a change to the catalog: before it nothing has happened; after it the answer may still get
 * lost.
 */
async function change(faults: Faults, table: GlueTable, partition: string, work: () => Promise<void>): Promise<void> {
  const context = { table: table.name, partition };
  await faults.check("athena.alter.before", context);
  await work();
  await faults.check("athena.alter.after", context);
}

function partitionValue(table: GlueTable, spec: PartitionSpec): string {
  const key = table.partitionKeys[0]?.name ?? "";
  const value = spec[key];
  if (value !== undefined && value !== "" && Object.keys(spec).length === 1 && !/[/\0]/.test(value)) return value;
  throw new AthenaFailure(
    "SemanticException",
    `Partition spec ${JSON.stringify(spec)} does not fit partition column ${key}`,
  );
}

function requirePartition(glue: Glue, table: GlueTable, values: string): void {
  if (glue.partitions(table).has(values)) return;
  throw new AthenaFailure("SemanticException", `Partition not found {${table.partitionKeys[0]?.name}=${values}}`);
}

/** Local Athena takes a row's partition value from its file's path. */
function checkLocation(table: GlueTable, values: string, location: string): string {
  const part = `/${table.partitionKeys[0]?.name}=${values}/`;
  if (/^s3:\/\/[^/]+\/./.test(location) && location.replace(/\/?$/, "/").includes(part)) return location;
  throw new AthenaFailure(
    "NOT_SUPPORTED",
    `Local Athena needs "${part}" in the location of this partition: ${location}`,
  );
}

async function listFolder(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter((name) => !name.startsWith("."));
}
