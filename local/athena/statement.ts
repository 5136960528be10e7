/**
 * Parses the statements that local Athena knows: queries, UNLOAD, and the DDL of partitions. Everything else is refused
 * with Athena's kind of error. A query stays text here; DuckDB parses it.
 * https://docs.aws.amazon.com/athena/latest/ug/language-reference.html
 */
import { AthenaFailure } from "./failure.ts";

/** Values by partition key, for instance { dt: "2026-11-22" }. */
export type PartitionSpec = Record<string, string>;
export type TableName = { database: string | undefined; name: string };
export type Statement =
  | { kind: "select"; query: string }
  | { kind: "unload"; query: string; location: string; compression: string }
  | {
      kind: "add";
      table: TableName;
      unlessExists: boolean;
      partitions: { spec: PartitionSpec; location: string | undefined }[];
    }
  | { kind: "move"; table: TableName; spec: PartitionSpec; location: string }
  | { kind: "drop"; table: TableName; ifExists: boolean; specs: PartitionSpec[] }
  | { kind: "showPartitions"; table: TableName }
  | { kind: "showTables" };

const name = String.raw`(?:\`[^\`]+\`|"[^"]+"|\w+)`;
const table = String.raw`(?<table>${name}(?:\.${name}){0,2})`;
const string = "'[^']*(?:''[^']*)*'";
const spec = String.raw`PARTITION\s*\((?<spec>(?:[^')]|${string})*)\)`;
const at = String.raw`LOCATION\s+(?<location>${string})`;

const onePartition = new RegExp(String.raw`^\s*,?\s*${spec}(?:\s*${at})?`, "i");
const patterns: [RegExp, (parts: Record<string, string | undefined>) => Statement][] = [
  [/^(?<query>\(*\s*(?:SELECT|WITH|VALUES)\b.*)$/is, ({ query = "" }) => ({ kind: "select", query })],
  [
    new RegExp(
      String.raw`^UNLOAD\s*\((?<query>.*)\)\s*TO\s*(?<location>${string})\s*WITH\s*\((?<options>[^()]*)\)$`,
      "is",
    ),
    ({ query = "", location, options }) => ({
      kind: "unload",
      query,
      location: unquote(location),
      ...unloadOptions(options),
    }),
  ],
  [
    new RegExp(
      String.raw`^ALTER\s+TABLE\s+${table}\s+ADD\s+(?<exists>IF\s+NOT\s+EXISTS\s+)?(?<list>PARTITION\b.*)$`,
      "is",
    ),
    ({ table, exists, list }) => ({
      kind: "add",
      table: tableName(table),
      unlessExists: !!exists,
      partitions: partitionList(list),
    }),
  ],
  [
    new RegExp(String.raw`^ALTER\s+TABLE\s+${table}\s+${spec}\s+SET\s+${at}$`, "is"),
    ({ table, spec, location }) => ({
      kind: "move",
      table: tableName(table),
      spec: parseSpec(spec),
      location: unquote(location),
    }),
  ],
  [
    new RegExp(String.raw`^ALTER\s+TABLE\s+${table}\s+DROP\s+(?<exists>IF\s+EXISTS\s+)?(?<list>PARTITION\b.*)$`, "is"),
    ({ table, exists, list }) => ({
      kind: "drop",
      table: tableName(table),
      ifExists: !!exists,
      specs: partitionList(list).map(({ spec }) => spec),
    }),
  ],
  [
    new RegExp(String.raw`^SHOW\s+PARTITIONS\s+${table}$`, "is"),
    ({ table }) => ({ kind: "showPartitions", table: tableName(table) }),
  ],
  [/^SHOW\s+TABLES(\s+IN\s+\S+)?$/i, () => ({ kind: "showTables" })],
];

/** Parses a statement; throws an AthenaFailure for one that local Athena does not know. */
export function parseStatement(text: string): Statement {
  const statement = withoutComments(text).trim().replace(/;\s*$/, "").trim();
  for (const [pattern, build] of patterns) {
    const match = pattern.exec(statement);
    if (match) return build(match.groups ?? {});
  }
  const start = statement.slice(0, 40).replace(/\s+/g, " ");
  throw new AthenaFailure("NOT_SUPPORTED", `line 1:1: Local Athena does not support this statement: ${start}`);
}

/** Strings and quoted names are left alone; a comment becomes a blank. */
function withoutComments(text: string): string {
  return text.replace(/'[^']*(?:''[^']*)*'|"[^"]*(?:""[^"]*)*"|--[^\n]*|\/\*[\s\S]*?\*\//g, (part) =>
    /^['"]/.test(part) ? part : " ",
  );
}

function tableName(text = ""): TableName {
  const parts = text.match(new RegExp(name, "g"))?.map((part) => part.replace(/^[`"]|[`"]$/g, "").toLowerCase()) ?? [];
  return { name: parts.at(-1) ?? "", database: parts.at(-2) };
}

function partitionList(list = ""): { spec: PartitionSpec; location: string | undefined }[] {
  const partitions: { spec: PartitionSpec; location: string | undefined }[] = [];
  let rest = list;
  while (rest.trim() !== "") {
    const match = onePartition.exec(rest);
    if (!match?.groups)
      throw new AthenaFailure("SYNTAX_ERROR", `line 1:1: mismatched input "${rest.trim().slice(0, 40)}"`);
    const { spec, location } = match.groups;
    partitions.push({ spec: parseSpec(spec), location: location && unquote(location) });
    rest = rest.slice(match[0].length);
  }
  return partitions;
}

function parseSpec(text = ""): PartitionSpec {
  const pairs = [...text.matchAll(new RegExp(String.raw`(${name})\s*=\s*(${string}|[\w.-]+)\s*(?:,|$)`, "g"))];
  if (pairs.length === 0) throw new AthenaFailure("SYNTAX_ERROR", `line 1:1: not a partition: (${text})`);
  return Object.fromEntries(pairs.map(([, key = "", value = ""]) => [tableName(key).name, unquote(value)]));
}

/** https://docs.aws.amazon.com/athena/latest/ug/unload.html */
function unloadOptions(text = ""): { compression: string } {
  const options = new Map<string, string>();
  for (const [, key = "", value = ""] of text.matchAll(new RegExp(String.raw`(\w+)\s*=\s*(${string}|[^,]+)`, "g")))
    options.set(key.toLowerCase(), unquote(value.trim()).toUpperCase());
  if (options.get("format") !== "PARQUET")
    throw new AthenaFailure("NOT_SUPPORTED", "Local Athena unloads with format = 'PARQUET' only");
  for (const key of options.keys())
    if (key !== "format" && key !== "compression")
      throw new AthenaFailure("NOT_SUPPORTED", `Local Athena does not support the UNLOAD property ${key}`);
  return { compression: options.get("compression") ?? "GZIP" };
}

function unquote(text = ""): string {
  return text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text;
}
