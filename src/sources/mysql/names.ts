/** Table names in settings, and a user's privileges as the server prints them. */
import type { Named } from "./statements.ts";

const part = "(`(?:[^`]|``)+`|[^.`]+)";
const tablePattern = new RegExp(`^${part}\\.${part}$`);

/** `schema.table`, each in backticks if it contains a dot or a backtick. Throws a TypeError for any other form. */
export function tableOf(name: string): Named {
  const [, schema, table] = tablePattern.exec(name) ?? [];
  if (schema === undefined || table === undefined)
    throw new TypeError(
      `Cannot take a snapshot of ${name}: expected schema.table, in backticks where a name holds a point`,
    );
  return { schema: plain(schema), name: plain(table) };
}

function plain(name: string): string {
  return name.startsWith("`") ? name.slice(1, -1).replaceAll("``", "`") : name;
}

/** Privileges that change no row, by the servers' names. */
const reading = new Set([
  "USAGE",
  "SELECT",
  "SHOW VIEW",
  "SHOW DATABASES",
  "SHOW CREATE ROUTINE",
  "SHOW_ROUTINE",
  "PROCESS",
  "REPLICATION CLIENT",
  "REPLICATION SLAVE",
  "BINLOG MONITOR",
  "SLAVE MONITOR",
  "REPLICA MONITOR",
]);

/** What a line of SHOW GRANTS allows besides reading; undefined if nothing. Column names and passwords are left out. */
export function writingGrant(line: string): string | undefined {
  // https://mariadb.com/kb/en/show-grants/
  const bare = line.replace(/\s*\((?:`(?:[^`]|``)*`|[^()`])*\)/g, "");
  const [, privileges = "", where = ""] = /^GRANT (.+?) ON (.+?) TO /.exec(bare) ?? [];
  const found = privileges.split(/,\s*/).filter((privilege) => privilege !== "" && !reading.has(privilege));
  return found.length === 0 ? undefined : `${found.join(", ")} on ${where}`;
}
