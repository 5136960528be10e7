/**
 * The Glue catalog on this machine: tables as the template declares them, and the partitions that ALTER TABLE has
 * added, stored in a journal under `<home>/glue`. A change is one line, which is on disk before it counts; a line that
 * a crash cut off is dropped, because that change was not acknowledged.
 */
import { type FileHandle, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { syncFile } from "../s3/objects.ts";
import { readAddedTables, writeAddedTables } from "./added-tables.ts";

export type Column = { name: string; type: string };
export type GlueTable = {
  database: string;
  name: string;
  columns: Column[];
  partitionKeys: Column[];
  /** `s3://bucket/prefix/` */
  location: string;
  parameters: Record<string, string>;
  /** The template's complete TableInput, which readers get. */
  declared?: { StorageDescriptor: Record<string, unknown> } & Record<string, unknown>;
};
/** Values of the partition keys joined by `/`, as in Hive: `2026-11-22`, or `2026/11`. */
export type Partition = { values: string; location: string };

export type Glue = {
  tables: readonly GlueTable[];
  /** The table; its name and database may be in upper or lower case. Undefined if there is none. */
  table(database: string, name: string): GlueTable | undefined;
  /** Locations by partition values. */
  partitions(table: GlueTable): ReadonlyMap<string, string>;
  /** Adds the partition or moves it to another location, as one atomic change. */
  putPartition(table: GlueTable, partition: Partition): Promise<void>;
  dropPartition(table: GlueTable, values: string): Promise<void>;
  /** Adds a table that the template does not declare, or replaces one that was added. */
  putTable(table: GlueTable): Promise<void>;
  /** Whether it was added, and not declared by the template. */
  isAdded(table: GlueTable): boolean;
} & AsyncDisposable;

type Change = { table: string; values: string; location: string | null };
type Partitions = Map<string, Map<string, string>>;

/** Opens the catalog: tables from the template, partitions from the journal. */
export async function startGlue(options: { home: string; tables: GlueTable[] }): Promise<Glue> {
  const folder = join(options.home, "glue");
  await mkdir(folder, { recursive: true });
  let added = await readAddedTables(folder);
  const find = (list: readonly GlueTable[], database: string, name: string) =>
    list.find((table) => table.database === database.toLowerCase() && table.name === name.toLowerCase());
  const partitions = await readJournal(join(folder, "partitions.ndjson"));
  const journal = await rewriteJournal(folder, partitions);
  let { size } = await journal.stat();
  let last = Promise.resolve();

  /** One change after the other, each on disk before it becomes visible. */
  function change(one: Change): Promise<void> {
    const done = last.then(async () => {
      const line = Buffer.from(`${JSON.stringify(one)}\n`);
      // What a failed write (a full disk) left behind is removed before the next line.
      await journal.truncate(size);
      await journal.appendFile(line);
      await journal.datasync();
      size += line.length;
      apply(partitions, one);
    });
    last = done.catch(() => {});
    return done;
  }

  return {
    get tables() {
      return [...options.tables, ...added];
    },
    table: (database, name) => find(options.tables, database, name) ?? find(added, database, name),
    isAdded: ({ database, name }) => find(added, database, name) !== undefined,
    putTable(table) {
      const done = last.then(async () => {
        const others = added.filter((one) => fullName(one) !== fullName(table));
        await writeAddedTables(folder, [...others, table]);
        added = [...others, table];
      });
      last = done.catch(() => {});
      return done;
    },
    partitions: (table) => partitions.get(fullName(table)) ?? new Map(),
    putPartition: (table, { values, location }) => change({ table: fullName(table), values, location }),
    dropPartition: (table, values) => change({ table: fullName(table), values, location: null }),
    async [Symbol.asyncDispose]() {
      await last;
      await journal.close();
    },
  };
}

/** `database.table`. */
export function fullName({ database, name }: GlueTable): string {
  return `${database}.${name}`;
}

function apply(partitions: Partitions, { table, values, location }: Change): void {
  const own = partitions.get(table) ?? new Map<string, string>();
  partitions.set(table, own);
  if (location === null) own.delete(values);
  else own.set(values, location);
}

async function readJournal(path: string): Promise<Partitions> {
  const partitions: Partitions = new Map();
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const lines = text.split("\n");
  // After the last line end there is nothing, or the start of a change that was never acknowledged.
  for (const [index, line] of lines.slice(0, -1).entries())
    apply(partitions, parseChange(line, `${path}:${index + 1}`));
  return partitions;
}

function parseChange(line: string, where: string): Change {
  try {
    return JSON.parse(line) as Change;
  } catch (cause) {
    throw new Error(`Cannot read the catalog at ${where}: the line is not JSON`, { cause });
  }
}

/** Rewrites the journal with one line per partition, so that it does not grow with the number of changes. */
async function rewriteJournal(folder: string, partitions: Partitions): Promise<FileHandle> {
  const path = join(folder, "partitions.ndjson");
  const lines = [...partitions].flatMap(([table, own]) =>
    [...own].map(([values, location]) => `${JSON.stringify({ table, values, location } satisfies Change)}\n`),
  );
  await writeFile(`${path}.tmp`, lines.join(""), { flush: true });
  await rename(`${path}.tmp`, path);
  await syncFile(folder);
  return await open(path, "a");
}
