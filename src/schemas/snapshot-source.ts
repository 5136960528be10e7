/** Which tables to take from which database: the parameter `snapshots`. A column that is not named is not read. */
import * as z from "zod/mini";
import { ofList, ofText } from "./events/lengths.ts";

const name = z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,63}$/));

const table = z.object({
  /** `schema.table`, in the database's own spelling; of Redis the number of a database, of Elasticsearch an index. */
  table: z.string().check(ofText(z.minLength(1))),
  /** All columns if none are named. */
  columns: z.optional(z.array(z.string())),
  /** Columns whose values are replaced by a keyed digest. */
  pseudonyms: z.optional(z.array(z.string())),
});

/** The name of a table as its folder in the lake has it: without quotes, which only the database needs. */
export const folderNameOf = (table: string): string => table.replace(/["`]/g, "");

/** The name of a table in the catalog, where it follows that of its source. */
export const catalogNameOf = (table: string): string =>
  folderNameOf(table)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_");

/** Two tables of a source must not share a folder, or a name in the catalog. */
function eachTableOnce(source: {
  value: { source: string; tables: readonly SnapshotTable[] };
  issues: z.core.$ZodRawIssue[];
}) {
  const names = source.value.tables.map((one) => catalogNameOf(one.table));
  const i = names.findIndex((name, at) => names.indexOf(name) !== at);
  if (i < 0) return;
  const message = `table ${source.value.tables[i]?.table} only once in source ${source.value.source}`;
  source.issues.push({ code: "custom", message, input: names[i], path: ["tables", i] });
}

export const snapshotSource = z
  .object({
    source: name,
    engine: z.enum(["postgres", "mysql", "mariadb", "redis", "redis-rdb", "elasticsearch", "opensearch"]),
    /** The ARN of a secret: JSON with username and password and, if they are in it, host, port, dbname and ca. */
    secret: z._default(z.string(), ""),
    /** Of `redis-rdb`, in the place of a secret: where the file is, an object of S3 or a path. */
    file: z.optional(z.string().check(z.regex(/^(s3:\/\/[^/]+\/|\/).+/))),
    host: z.optional(z.string()),
    port: z.optional(z.int()),
    database: z.optional(z.string()),
    tables: z.array(table).check(ofList(z.minLength(1))),
    /** A role that may write is refused unless this is set. */
    mayWrite: z.optional(z.boolean()),
    /** Of `postgres`: how old a run's transaction may get; 360 if it is not set. */
    maxMinutes: z.optional(z.int().check(z.positive())),
  })
  .check(
    eachTableOnce,
    z.refine(({ engine, secret, file }) => (engine === "redis-rdb" ? file : secret) || false),
  );

export type SnapshotSource = z.infer<typeof snapshotSource>;
export type SnapshotTable = z.infer<typeof table>;
