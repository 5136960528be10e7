/**
 * The lake's tables as DuckDB views. A view reads the files listed in a variable of the connection, by the names of the
 * catalog's columns: a column that an old file lacks is NULL, and one that the catalog lacks is not visible. The list
 * is made when a query starts, from the folders of the partitions that it may need: a snapshot, as in Athena.
 */
import { type Dirent, readdirSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { createDamageFinder } from "../duckdb/parquet-checksum.ts";
import { fullName, type Glue, type GlueTable } from "../glue/catalog.ts";
import { s3Path } from "../s3/objects.ts";
import { createTrinoMacros } from "../trino/functions/macros.ts";
import { hiveType } from "../trino/hive-types.ts";
import type { Table } from "../trino/relations.ts";
import { type Translation, translateStatement } from "../trino/translate.ts";
import { duckdbType, type Type, varchar } from "../trino/types.ts";
import { AthenaFailure } from "./failure.ts";
import { type Filter, findTables } from "./partition-filter.ts";
import type { TableName } from "./statement.ts";

type File = { path: string; size: number };
/** A query translated for DuckDB, its columns, and the files that it may read. */
export type Opened = Translation & { files: File[] };
export type Tables = {
  /** Sets up a connection with the macros that implement Trino's functions. */
  prepare(connection: DuckDBConnection): Promise<void>;
  /** Translates `query`, and lists the files that it may need for its views on this connection. */
  open(connection: DuckDBConnection, query: string, database: string | undefined): Promise<Opened>;
  find(name: TableName, database: string | undefined): GlueTable;
};

const catalog = "awsdatacatalog";
/** Creates the views of all tables in the catalog; `home` contains S3's folders and Athena's own. */
export async function createTables(
  connection: DuckDBConnection,
  { home, glue }: { home: string; glue: Glue },
): Promise<Tables> {
  const listFolder = createFolderCache();
  const findDamaged = createDamageFinder();
  const empty = join(home, "athena", "empty");
  await mkdir(empty, { recursive: true });
  await connection.run(`ATTACH IF NOT EXISTS ':memory:' AS ${catalog}`);
  await createTrinoMacros(connection, `${catalog}.trino`);
  const views = new Map<string, GlueTable>();
  let last = Promise.resolve();
  /** Creates the views of tables that are new or have changed; one after the other, because they share the catalog. */
  async function refresh(on: DuckDBConnection): Promise<void> {
    for (const table of glue.tables) {
      if (views.get(fullName(table)) === table) continue;
      await createViews(on, table, { empty: emptyFile(empty, table), home });
      views.set(fullName(table), table);
    }
  }
  await refresh(connection);

  function find({ database, name }: TableName, usual: string | undefined): GlueTable {
    const table = glue.table(database ?? usual ?? "default", name);
    if (table) return table;
    throw new AthenaFailure("TABLE_NOT_FOUND", `Table '${database ?? usual ?? "default"}.${name}' does not exist`);
  }

  return {
    find,
    async prepare(on) {
      await on.run(`SET search_path = '${catalog}.trino'`);
    },
    async open(on, query, database) {
      const refreshed = last.then(() => refresh(on));
      last = refreshed.catch(() => {});
      await refreshed;
      const find = (path: string[]) => describe(glue, path, database, namesPath(query));
      const translation = translateStatement(query, find);
      const uses = findTables(await serialize(on, translation.sql), (name) => {
        const table = glue.table((name.database ?? "").replace(withPaths(""), ""), name.name);
        return table && { table, partitionKey: table.partitionKeys[0]?.name ?? "" };
      });
      const files: File[] = [];
      for (const [table, filter] of uses) {
        const own = partitionFolders(home, glue, table, filter).flatMap(listFolder);
        await on.run(`SET VARIABLE "${variable(table)}" = ${list(own, emptyFile(empty, table))}`);
        files.push(...own);
      }
      const damaged = await findDamaged(files.map(({ path }) => path));
      if (damaged !== undefined)
        throw new AthenaFailure(
          "HIVE_CURSOR_ERROR",
          `Cannot read file ${damaged}: it is damaged (its checksum differs)`,
        );
      return { ...translation, files };
    },
  };
}

function list(files: File[], empty: string): string {
  const paths = files.length > 0 ? files.map(({ path }) => path) : [empty];
  return `[${paths.map(quote).join(",")}]`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function variable(table: GlueTable): string {
  return `files of ${fullName(table)}`;
}

/** A file without rows, because DuckDB cannot read an empty list of files. */
function emptyFile(folder: string, table: GlueTable): string {
  return join(folder, `${fullName(table)}.parquet`);
}

/** Trino's hidden column with a row's file. It is in separate views, because DuckDB has no hidden columns. */
const pathColumn = '"$path"';
const withPaths = (database: string) => `${database} with paths`;

function namesPath(query: string): boolean {
  return query.replace(/'(?:[^']|'')*'/g, "").includes(pathColumn);
}

/** A table of the catalog, found by the parts of its name, for the translation. */
function describe(glue: Glue, path: string[], usual: string | undefined, hasPath: boolean): Table | undefined {
  const [name = "", database = usual ?? "default", ofCatalog = catalog] = path.toReversed();
  const table = ofCatalog === catalog && path.length <= 3 ? glue.table(database, name) : undefined;
  if (!table) return undefined;
  const columns = [...table.columns, ...table.partitionKeys].map((column) => ({
    name: column.name.toLowerCase(),
    type: columnType(table, column.type),
  }));
  const hidden = hasPath ? [{ name: "$path", type: varchar, hidden: true }] : [];
  const schema = hasPath ? withPaths(table.database) : table.database;
  return {
    sql: `${catalog}."${schema}"."${table.name}"`,
    qualifier: [catalog, table.database, table.name],
    columns: [...columns, ...hidden],
  };
}

async function createViews(
  connection: DuckDBConnection,
  table: GlueTable,
  { empty, home }: { empty: string; home: string },
): Promise<void> {
  const columns = table.columns.map(({ name, type }) => ({ name, type: duckdbType(columnType(table, type)) }));
  if (table.partitionKeys.some(({ type }) => type !== "string"))
    throw new Error(`Cannot use table "${fullName(table)}": local Athena needs partition keys that are strings`);
  const typed = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS "${name}"`);
  await connection.run(`COPY (SELECT ${typed.join(", ")} WHERE false) TO ${quote(empty)} (FORMAT parquet)`);
  const schema = columns.map(
    ({ name, type }) => `${quote(name)}: {name: ${quote(name)}, type: ${quote(type)}, default_value: NULL}`,
  );
  const named = columns.map(({ name }) => `"${name}"`);
  await connection.run(`SET VARIABLE "${variable(table)}" = [${quote(empty)}]`);
  const files = `read_parquet(getvariable(${quote(variable(table))}), schema = MAP {${schema.join(", ")}}, filename = '$path')`;
  const partitions = table.partitionKeys.map(
    ({ name }) => `system.main.regexp_extract("$path", '/${name}=([^/]+)/', 1) AS "${name}"`,
  );
  const uri = `system.main.concat('s3://', system.main.substr("$path", ${join(home, "s3").length + 2})) AS ${pathColumn}`;
  for (const [database, hidden] of [[table.database, []] as const, [withPaths(table.database), [uri]] as const]) {
    await connection.run(`CREATE SCHEMA IF NOT EXISTS ${catalog}."${database}"`);
    await connection.run(
      `CREATE OR REPLACE VIEW ${catalog}."${database}"."${table.name}" AS
       SELECT ${[...named, ...partitions, ...hidden].join(", ")} FROM ${files}`,
    );
  }
}

function columnType(table: GlueTable, type: string): Type {
  const known = hiveType(type);
  if (!known) throw new Error(`Cannot use table "${fullName(table)}": local Athena does not know the type ${type}`);
  return known;
}

/** The syntax tree of a DuckDB query. */
async function serialize(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const options = "skip_null := true, skip_empty := true, skip_default := true";
  const rows = await connection.runAndReadAll(`SELECT json_serialize_sql(${quote(sql)}, ${options})`);
  const tree: { error: boolean; error_message?: string } = JSON.parse(String(rows.getRows()[0]?.[0]));
  if (tree.error)
    throw new AthenaFailure("GENERIC_INTERNAL_ERROR", `Cannot translate the query: ${tree.error_message}`);
  return tree;
}

function partitionFolders(home: string, glue: Glue, table: GlueTable, filter: Filter): string[] {
  const [, ...inner] = table.partitionKeys;
  if (table.partitionKeys.length === 0) return [s3Path(home, table.location)];
  if (table.parameters["projection.enabled"] !== "true")
    return [...glue.partitions(table)].filter(([values]) => filter(values)).map(([, uri]) => s3Path(home, uri));
  const root = s3Path(home, table.location);
  const prefix = `${table.partitionKeys[0]?.name}=`;
  const isProjected = projectedRange(table);
  return entries(root)
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name }) => name.slice(prefix.length))
    .filter((value) => isProjected(value) && filter(value))
    .map((value) => join(root, `${prefix}${value}`))
    .flatMap((folder) => (inner.length === 0 ? [folder] : subfolders(folder)));
}

function subfolders(folder: string): string[] {
  return entries(folder).map(({ name }) => join(folder, name));
}

/** A range like `2020-01-01,NOW+1DAYS`. NOW is in UTC, and days outside the range have no rows, whatever S3 holds. */
function projectedRange({ parameters, partitionKeys }: GlueTable): Filter {
  const range = parameters[`projection.${partitionKeys[0]?.name}.range`] ?? "";
  const [from, to] = range.split(",").map((bound) => dayOf(bound.trim()));
  return (value) => from !== undefined && to !== undefined && from <= value && value <= to;
}

/**
 * https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html#partition-projection-date-type
 */
function dayOf(bound: string): string | undefined {
  if (/^\d{4}-\d\d-\d\d$/.test(bound)) return bound;
  const [, amount = "0"] = /^NOW(?:([+-]\d+)DAYS?)?$/.exec(bound) ?? [undefined, undefined];
  if (!bound.startsWith("NOW")) return undefined;
  return new Date(Date.now() + Number(amount) * 86_400_000).toISOString().slice(0, 10);
}

/**
 * The files of a folder, read again only when the folder has changed. A folder that changed a moment ago is not
 * remembered, because its timestamp is too coarse to show a second change.
 */
function createFolderCache(): (folder: string) => File[] {
  const known = new Map<string, { changed: number; files: File[] }>();
  return (folder) => {
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
    if (changed === undefined) return [];
    const before = known.get(folder);
    if (before?.changed === changed) return before.files;
    const files = entries(folder)
      // As in Hive: files whose names start with a dot or an underscore are still being written, or are not data.
      .filter((entry) => entry.isFile() && !/^[._]/.test(entry.name))
      .map(({ name }) => ({ path: join(folder, name), size: statSync(join(folder, name)).size }));
    const settled = performance.timeOrigin + performance.now() - changed > 2_000;
    if (settled) known.set(folder, { changed, files });
    else known.delete(folder);
    return files;
  };
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
