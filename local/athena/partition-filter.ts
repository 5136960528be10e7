/**
 * Finds out from a query's syntax tree (DuckDB's, as JSON) which tables it uses and which partitions of each it can
 * need, so that the files of other days are not even listed. It only errs on the safe side: for anything it does not
 * understand, all partitions are needed.
 */
import { AthenaFailure } from "./failure.ts";
import type { TableName } from "./statement.ts";

/** True for values of the partition key that may be needed. */
export type Filter = (value: string) => boolean;
/** Finds a table by name, with its only partition key; undefined if there is none. */
export type ResolveTable<T> = (name: TableName) => { table: T; partitionKey: string } | undefined;

type Node = Record<string, unknown>;
type Leaf = { alias: string; node: Node };

const functionsAsTables = new Set(["unnest", "generate_series", "range"]);
const everything: Filter = () => true;

/** The tables of a serialized query, and which partitions of each it may need. Throws if a table does not exist. */
export function findTables<T>(tree: unknown, resolve: ResolveTable<T>): Map<T, Filter> {
  const found = new Map<T, Filter>();
  const named = commonTableExpressions(tree);
  visit(tree, (node) => {
    if (node.type === "TABLE_FUNCTION") checkFunction(node);
    if (node.type !== "SELECT_NODE") return;
    const leaves = fromLeaves(node.from_table);
    for (const leaf of leaves.filter(({ node: { type } }) => type === "BASE_TABLE")) {
      const name = tableNameOf(leaf.node);
      const known = resolve(name);
      if (known) {
        const filter = filterOf(node.where_clause, isKey(known.partitionKey, leaf, leaves));
        const before = found.get(known.table);
        found.set(known.table, before ? (value) => before(value) || filter(value) : filter);
      } else if (!named.has(name.name) || name.database)
        throw new AthenaFailure(
          "TABLE_NOT_FOUND",
          `Table '${[name.database, name.name].filter(Boolean).join(".")}' does not exist`,
        );
    }
  });
  return found;
}

/** Athena has no table functions that read files, for instance. */
function checkFunction(node: Node): void {
  const name = String((node.function as Node | undefined)?.function_name);
  if (!functionsAsTables.has(name))
    throw new AthenaFailure("FUNCTION_NOT_FOUND", `Table function ${name} not registered`);
}

function commonTableExpressions(tree: unknown): Set<string> {
  const names = new Set<string>();
  visit(tree, (node) => {
    for (const { key } of ((node.cte_map as Node | undefined)?.map as { key: string }[] | undefined) ?? [])
      names.add(key.toLowerCase());
  });
  return names;
}

function visit(value: unknown, see: (node: Node) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const child of value) visit(child, see);
    return;
  }
  see(value as Node);
  for (const child of Object.values(value)) visit(child, see);
}

/** The tables, subqueries and functions joined in FROM. */
function fromLeaves(from: unknown): Leaf[] {
  const node = from as Node | undefined;
  if (!node) return [];
  if (node.type === "JOIN") return [...fromLeaves(node.left), ...fromLeaves(node.right)];
  return [{ alias: String(node.alias || node.table_name || "").toLowerCase(), node }];
}

function tableNameOf({ schema_name, table_name }: Node): TableName {
  return {
    database: schema_name ? String(schema_name).toLowerCase() : undefined,
    name: String(table_name).toLowerCase(),
  };
}

/**
 * Whether a column reference is this table's partition key: `alias.dt`, or `dt` if no other table could have that
 * column.
 */
function isKey(partitionKey: string, { alias }: Leaf, leaves: Leaf[]) {
  return (node: Node): boolean => {
    if (node.class !== "COLUMN_REF") return false;
    const path = (node.column_names as string[]).map((part) => part.toLowerCase());
    if (path.at(-1) !== partitionKey) return false;
    return path.length === 1 ? leaves.length === 1 : path.length === 2 && path[0] === alias;
  };
}

const comparisons: Record<string, (value: string, bound: string) => boolean> = {
  COMPARE_EQUAL: (value, bound) => value === bound,
  COMPARE_LESSTHAN: (value, bound) => value < bound,
  COMPARE_LESSTHANOREQUALTO: (value, bound) => value <= bound,
  COMPARE_GREATERTHAN: (value, bound) => value > bound,
  COMPARE_GREATERTHANOREQUALTO: (value, bound) => value >= bound,
};

function filterOf(where: unknown, isKeyColumn: (node: Node) => boolean): Filter {
  const node = where as Node | undefined;
  if (!node) return everything;
  const children = (node.children as Node[] | undefined) ?? [];
  const parts = () => children.map((child) => filterOf(child, isKeyColumn));
  if (node.type === "CONJUNCTION_AND") return all(parts());
  if (node.type === "CONJUNCTION_OR") return any(parts());
  if (node.type === "COMPARE_BETWEEN") return between(node, isKeyColumn);
  if (node.type === "COMPARE_IN") return oneOf(children, isKeyColumn);
  const compare = comparisons[String(node.type)];
  return compare ? comparison(compare, node, isKeyColumn) : everything;
}

function all(filters: Filter[]): Filter {
  return (value) => filters.every((filter) => filter(value));
}

function any(filters: Filter[]): Filter {
  return (value) => filters.some((filter) => filter(value));
}

function comparison(
  compare: (a: string, b: string) => boolean,
  node: Node,
  isKeyColumn: (node: Node) => boolean,
): Filter {
  const [left, right] = [node.left as Node, node.right as Node];
  const [leftText, rightText] = [textOf(left), textOf(right)];
  if (isKeyColumn(left) && rightText !== undefined) return (value) => compare(value, rightText);
  if (isKeyColumn(right) && leftText !== undefined) return (value) => compare(leftText, value);
  return everything;
}

function between({ input, lower, upper }: Node, isKeyColumn: (node: Node) => boolean): Filter {
  const [from, to] = [textOf(lower as Node), textOf(upper as Node)];
  if (!isKeyColumn(input as Node) || from === undefined || to === undefined) return everything;
  return (value) => from <= value && value <= to;
}

function oneOf([column, ...values]: Node[], isKeyColumn: (node: Node) => boolean): Filter {
  const texts = values.map(textOf);
  if (!column || !isKeyColumn(column) || texts.includes(undefined)) return everything;
  const wanted = new Set(texts);
  return (value) => wanted.has(value);
}

/** The text of a string literal; undefined for anything else. */
function textOf(node: Node): string | undefined {
  const value = node.class === "CONSTANT" ? (node.value as Node | undefined) : undefined;
  return (value?.type as Node | undefined)?.id === "VARCHAR" && typeof value?.value === "string"
    ? value.value
    : undefined;
}
