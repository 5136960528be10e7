/** What is to be taken from where: the parameter `snapshots`, checked once. A column that is not named is not read. */
import * as z from "zod/mini";

const name = z.string().check(z.regex(/^[a-z][a-z0-9_-]{0,63}$/));

const table = z.object({
  /** `schema.table`, in PostgreSQL's own spelling. */
  table: z.string().check(z.minLength(1)),
  /** All of them where none are named. */
  columns: z.optional(z.array(z.string())),
  /** Columns in whose place a keyed digest is written. */
  pseudonyms: z.optional(z.array(z.string())),
});

export const snapshotSource = z.object({
  source: name,
  engine: z.enum(["postgres"]),
  /** The ARN of a secret: JSON with username and password, and where they are in it with host, port, dbname and ca. */
  secret: z.string().check(z.minLength(1)),
  host: z.optional(z.string()),
  port: z.optional(z.int()),
  database: z.optional(z.string()),
  tables: z.array(table).check(z.minLength(1)),
  /** A role that may write is refused unless this is said. */
  mayWrite: z.optional(z.boolean()),
});

export type SnapshotSource = z.infer<typeof snapshotSource>;
export type SnapshotTable = z.infer<typeof table>;
