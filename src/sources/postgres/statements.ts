/**
 * Every statement that a snapshot sends to PostgreSQL. Names come from its catalog and are quoted; nothing else is
 * inserted into a statement.
 */

/**
 * The session's settings, which make texts the same whatever the server, the database or the role has as defaults. If a
 * policy hides rows, that is an error instead of fewer rows, and a table is found only by its full name. Waiting for a
 * lock stops before others have to wait for long.
 */
export const sessionSettings = {
  search_path: "",
  TimeZone: "UTC",
  DateStyle: "ISO",
  IntervalStyle: "iso_8601",
  extra_float_digits: "3",
  bytea_output: "hex",
  xmloption: "content",
  row_security: "off",
  client_encoding: "UTF8",
  lock_timeout: "10s",
  statement_timeout: "14min",
  idle_in_transaction_session_timeout: "16min",
} as const;

/** Ends the role's other connections of this name. A role may end its own. */
export const endOthers = `
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE application_name = $1 AND usename = current_user AND pid <> pg_backend_pid()`;

export const pause = "SELECT pg_sleep(0.1)";

/** A column from the catalog; `typmod` and `notNull` are text. */
export type CatalogColumn = {
  table: string;
  name: string;
  notNull: string;
  type: string;
  typmod: string;
  element: string | null;
};
/** A table that may be read, or a partition of it, which is read separately. */
export type CatalogTable = { table: string; schema: string; relation: string; kind: string; pages: string };

/** Applies these settings; the parameters are two arrays, names and values. */
export const setSession = "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS s(name, value)";

/**
 * Opens the transaction. Locks are taken before anything is read, so that no TRUNCATE or ALTER can come in between,
 * which a snapshot does not hide.
 */
export const begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
/** The first statement that reads anything: it fixes the snapshot. */
export const instant = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000) AS at";
export const exportSnapshot = "SELECT pg_export_snapshot() AS id";

/** Advisory locks, identified by two numbers; released with the connection. */
export const tryLock = "SELECT pg_try_advisory_lock($1::int, $2::int) AS taken";
/** The second numbers of all locks that are held with this first number. */
export const findLocks = `
SELECT objid AS key FROM pg_locks
 WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1::int::oid
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** Joins another transaction's snapshot; must be the first statement of its own transaction. */
export function importSnapshot(id: string): string {
  if (!/^[0-9A-F-]{1,64}$/i.test(id)) throw new TypeError(`Cannot join the snapshot "${id}": it is no snapshot's id`);
  return `SET TRANSACTION SNAPSHOT '${id}'`;
}

export function lockTables(tables: readonly { schema: string; relation: string }[]): string {
  return `LOCK TABLE ${tables.map(qualified).join(", ")} IN ACCESS SHARE MODE`;
}

/**
 * The relations behind the names $1 (`schema.table`). A partitioned table is replaced by its partitions, each of them
 * once.
 */
export const findTables = `
WITH named AS (
  SELECT name AS "table", to_regclass(name) AS oid FROM unnest($1::text[]) AS n(name)
), leaf AS (
  SELECT n."table", p.relid AS oid
    FROM named n JOIN pg_class c ON c.oid = n.oid, pg_partition_tree(n.oid) p
   WHERE c.relkind = 'p' AND p.isleaf
  UNION ALL
  SELECT n."table", n.oid FROM named n LEFT JOIN pg_class c ON c.oid = n.oid WHERE c.relkind IS DISTINCT FROM 'p'
)
SELECT l."table", s.nspname AS schema, c.relname AS relation, c.relkind AS kind,
       CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / current_setting('block_size')::bigint ELSE 0 END AS pages
  FROM leaf l LEFT JOIN pg_class c ON c.oid = l.oid LEFT JOIN pg_namespace s ON s.oid = c.relnamespace
 ORDER BY 1, 2, 3`;

/**
 * The columns of the tables $1, with domains resolved to their base types. Dropped columns are excluded, generated ones
 * included.
 */
export const findColumns = `
WITH RECURSIVE base AS (
  SELECT n.name AS "table", a.attnum, a.attname, a.attnotnull, a.atttypid AS oid, a.atttypmod AS typmod
    FROM unnest($1::text[]) AS n(name) JOIN pg_attribute a ON a.attrelid = to_regclass(n.name)
   WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT b."table", b.attnum, b.attname, b.attnotnull, t.typbasetype, CASE WHEN t.typtypmod = -1 THEN b.typmod ELSE t.typtypmod END
    FROM base b JOIN pg_type t ON t.oid = b.oid WHERE t.typtype = 'd'
)
SELECT b."table", b.attname AS name, b.attnotnull AS "notNull", t.typname AS type, b.typmod, e.typname AS element
  FROM base b JOIN pg_type t ON t.oid = b.oid
  LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' AND e.typarray = t.oid
 WHERE t.typtype <> 'd' ORDER BY b."table", b.attnum`;

/** A table that the role may write, or the reason why it may write any; no row for a role that can only read. */
export const findWritable = `
SELECT 'every table: it is a superuser' AS what FROM pg_roles WHERE rolname = current_user AND rolsuper
UNION ALL
(SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg_t%'
    AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') LIMIT 1)
LIMIT 1`;

/**
 * Part of a relation: the pages of its heap from `from` up to, but not including, `to`. Undefined for a relation
 * without pages, which is read as a whole.
 */
export type Part = { from: number; to: number | undefined } | undefined;

/** Copies columns of a part to the client. */
export function copyPart(relation: Relation, columns: readonly string[], part: Part): string {
  return `COPY (SELECT ${columns.map(quoted).join(", ")} FROM ${source(relation, part)}) TO STDOUT`;
}

/**
 * What the tally (src/sources/rows/tally.ts) of the same part must be. `concat` writes a value as COPY does; a cast to
 * text would write it differently: true instead of t, 10.0.0.1/32 instead of 10.0.0.1.
 */
export function tallyPart(
  relation: Relation,
  columns: readonly { name: string; notNull: boolean }[],
  part: Part,
): string {
  const texts = columns.map(({ name, notNull }) => {
    const column = quoted(name);
    return notNull ? column : `CASE WHEN num_nulls(${column}) = 1 THEN '\\N' ELSE concat(${column}) END`;
  });
  const digest = `md5(concat_ws(chr(9), ${texts.join(", ")}))`;
  return `SELECT count(*) AS rows, coalesce(sum(num_nulls(${columns.map(({ name }) => quoted(name)).join(", ")})), 0) AS nulls,
    coalesce(sum(('x' || substr(${digest}, 1, 12))::bit(48)::bigint), 0) AS checksum FROM ${source(relation, part)}`;
}

type Relation = { schema: string; relation: string; kind: string };

/** A table without the tables that inherit from it, which are separate tables. */
function source(relation: Relation, part: Part): string {
  const from = `${relation.kind === "r" ? "ONLY " : ""}${qualified(relation)}`;
  if (part === undefined) return from;
  const end = part.to === undefined ? "" : ` AND ctid < '(${part.to},0)'`;
  return `${from} WHERE ctid >= '(${part.from},0)'${end}`;
}

function qualified({ schema, relation }: { schema: string; relation: string }): string {
  return `${quoted(schema)}.${quoted(relation)}`;
}

/** A name as an identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
