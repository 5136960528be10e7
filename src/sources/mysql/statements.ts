/**
 * Every statement that a snapshot sends to MySQL or MariaDB. Names come from its catalog and are quoted; nothing else
 * is inserted into a statement.
 */

/**
 * A session's settings, so that texts are the same whatever the server's or the user's own settings are, no row is left
 * out, and a slow reader is waited for. A server may give each session another character set than it asked for.
 * https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_init_connect
 * Without REPEATABLE READ there is no consistent snapshot, and no error either.
 * https://dev.mysql.com/doc/refman/8.4/en/commit.html
 */
export const setSession = [
  "SET NAMES utf8mb4",
  "SET SESSION sql_mode = '', time_zone = '+00:00', lock_wait_timeout = 10, net_write_timeout = 900, sql_big_selects = 1",
  "SET SESSION sql_select_limit = 18446744073709551615",
  "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
];

export const version = "SELECT version() AS version";
/** Removes the server's time limit for statements; MySQL and MariaDB have different names for it. */
export const noTimeLimit = {
  mariadb: "SET SESSION max_statement_time = 0",
  mysql: "SET SESSION max_execution_time = 0",
};

export const begin = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";
export const instant = "SELECT floor(unix_timestamp(now(6)) * 1000) AS `at`";
export const grants = "SHOW GRANTS";

/** Keeps the table as it is until the transaction ends: statements that alter or empty it wait. */
export function touch(table: Named): string {
  return `SELECT 1 FROM ${qualified(table)} LIMIT 0`;
}

/** The table with this schema and name, as the server spells them; `engine` is null for a view. */
export const findTable =
  "SELECT table_schema AS `schema`, table_name AS `name`, `engine` AS `engine` FROM information_schema.tables WHERE table_schema = ? AND table_name = ?";

/** The columns of a table that the user may see. */
export const findColumns = `
SELECT column_name AS \`name\`, data_type AS \`type\`, column_type AS \`written\`, extra AS \`extra\`,
       numeric_precision AS \`precision\`, numeric_scale AS \`scale\`
  FROM information_schema.columns WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position`;

export type Named = { schema: string; name: string };
/** How a column is selected: as text, as its bytes, or as a number whose text is complete. */
export type Form = "text" | "bytes" | "number";
type Asked = { name: string; form: Form };

/** The result's columns are named by their form and index, so that the reader knows which ones are bytes. */
export function selectRows(table: Named, columns: readonly Asked[]): string {
  const list = columns.map((column, i) => `${expressionOf(column)} AS ${quoted(`${column.form}${i}`)}`);
  return `SELECT ${list.join(", ")} FROM ${qualified(table)}`;
}

/**
 * The database's own count: rows, nulls, and the sum of 48 bits of a digest of each row's texts, separated by tabs.
 * MySQL has no MD5 and SHA-1 of its own since 9.6. https://dev.mysql.com/doc/refman/9.6/en/legacy-hashing-component.html
 */
export function tallyRows(table: Named, columns: readonly Asked[]): string {
  const digest = `sha2(concat_ws('\\t', ${columns.map(digested).join(", ")}), 256)`;
  const nulls = columns.map(({ name }) => `(${quoted(name)} IS NULL)`).join(" + ");
  return `SELECT count(*) AS \`rows\`, coalesce(sum(${nulls}), 0) AS \`nulls\`,
    coalesce(sum(cast(conv(substr(${digest}, 1, 12), 16, 10) AS unsigned)), 0) AS \`checksum\` FROM ${qualified(table)}`;
}

/** A float is printed with six digits, a double with all of its digits. */
function expressionOf({ name, form }: Asked): string {
  return form === "number" ? `${quoted(name)} * 1e0` : quoted(name);
}

/** Bytes are digested first: written out, a long value would exceed the server's limit for a text. */
function digested(column: Asked): string {
  const text = column.form === "bytes" ? `sha2(${quoted(column.name)}, 256)` : expressionOf(column);
  return `coalesce(convert(${text} USING utf8mb4), '\\\\N')`;
}

function qualified({ schema, name }: Named): string {
  return `${quoted(schema)}.${quoted(name)}`;
}

function quoted(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}
