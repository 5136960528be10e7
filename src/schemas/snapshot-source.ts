/** Which tables to take from which database: the parameter `snapshots`. A column that is not named is not read. */
import * as z from "zod/mini";

const name = z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,63}$/));

const table = z.object({
  /** `schema.table`, in the database's own spelling; of Redis the number of a database, of Elasticsearch an index. */
  table: z.string().check(z.minLength(1)),
  /** All columns if none are named. */
  columns: z.optional(z.array(z.string())),
  /** Columns whose values are replaced by a keyed digest. */
  pseudonyms: z.optional(z.array(z.string())),
});

export const snapshotSource = z.object({
  source: name,
  engine: z.enum(["postgres", "mysql", "mariadb", "redis", "elasticsearch", "opensearch"]),
  /** The ARN of a secret: JSON with username and password and, if they are in it, host, port, dbname and ca. */
  secret: z.string().check(z.minLength(1)),
  host: z.optional(z.string()),
  port: z.optional(z.int()),
  database: z.optional(z.string()),
  tables: z.array(table).check(z.minLength(1)),
  /** A role that may write is refused unless this is set. */
  mayWrite: z.optional(z.boolean()),
});

export type SnapshotSource = z.infer<typeof snapshotSource>;
export type SnapshotTable = z.infer<typeof table>;
