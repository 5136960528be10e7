/** Queries: WITH, SELECT, VALUES, UNION, joins and groups. */
import { Cursor } from "./cursor.ts";
import { parseOrder, parseOver } from "./parse-call.ts";
import { parseExpression, parseValue, seesQuery } from "./parse-expression.ts";
import { parseNames, parseRelation } from "./parse-relation.ts";
import type { Body, Expression, Grouping, Query, Select, SelectItem } from "./syntax.ts";

/** A complete statement that is a query. Throws an AthenaFailure that says where it is not valid in Trino. */
export function parseStatementQuery(statement: string): Query {
  const cursor = new Cursor(statement, { expression: parseExpression, value: parseValue, query: parseQuery });
  const query = parseQuery(cursor);
  if (cursor.sees(";")) throw cursor.mismatch();
  if (cursor.peek().kind !== "end") throw cursor.mismatch();
  return query;
}

export function parseQuery(cursor: Cursor): Query {
  const { at } = cursor;
  const query: Query = { at, with: parseWith(cursor), body: parseBody(cursor), order: [] };
  if (cursor.takes("order", "by")) query.order = parseOrder(cursor);
  if (cursor.takes("offset")) {
    query.offset = cursor.integer();
    if (!cursor.takes("rows")) cursor.takes("row");
  }
  if (cursor.takes("limit")) {
    if (!cursor.takes("all")) query.limit = cursor.integer();
  } else if (cursor.takes("fetch")) query.limit = parseFetch(cursor);
  return query;
}

function parseFetch(cursor: Cursor): number {
  if (!cursor.takes("first")) cursor.expect("next");
  const limit = cursor.peek().kind === "number" ? cursor.integer() : 1;
  if (!cursor.takes("rows")) cursor.expect("row");
  if (cursor.sees("with", "ties")) throw cursor.refuse("FETCH FIRST … WITH TIES");
  cursor.expect("only");
  return limit;
}

function parseWith(cursor: Cursor): Query["with"] {
  if (!cursor.takes("with")) return [];
  if (cursor.sees("recursive")) throw cursor.refuse("WITH RECURSIVE");
  return cursor.list(() => {
    const name = cursor.name();
    const columns = cursor.sees("(") ? { columns: parseNames(cursor) } : {};
    cursor.expect("as", "(");
    const query = parseQuery(cursor);
    cursor.expect(")");
    return { name, ...columns, query };
  });
}

/** INTERSECT binds more tightly than UNION and EXCEPT. */
function parseBody(cursor: Cursor): Body {
  return parseSets(cursor, ["union", "except"], () => parseSets(cursor, ["intersect"], () => parsePrimaryBody(cursor)));
}

const setOperators = { union: "UNION", intersect: "INTERSECT", except: "EXCEPT" } as const;

function parseSets(cursor: Cursor, operators: (keyof typeof setOperators)[], read: () => Body): Body {
  const { at } = cursor;
  let left = read();
  for (;;) {
    const operator = operators.find((one) => cursor.takes(one));
    if (operator === undefined) return left;
    const all = cursor.takes("all");
    if (!all) cursor.takes("distinct");
    left = { at, kind: "set", operator: setOperators[operator], all, left, right: read() };
  }
}

function parsePrimaryBody(cursor: Cursor): Body {
  const { at } = cursor;
  if (cursor.takes("values")) return { at, kind: "values", rows: cursor.list(() => parseExpression(cursor)) };
  if (cursor.sees("(") && seesQuery(cursor)) {
    cursor.expect("(");
    const query = parseQuery(cursor);
    cursor.expect(")");
    return { at, kind: "nested", query };
  }
  return parseSelect(cursor);
}

function parseSelect(cursor: Cursor): Select {
  const { at } = cursor;
  cursor.expect("select");
  const distinct = cursor.takes("distinct");
  if (!distinct) cursor.takes("all");
  const select: Select = {
    ...{ at, kind: "select", distinct, items: cursor.list(() => parseItem(cursor)), windows: new Map() },
  };
  if (cursor.takes("from")) select.from = parseRelation(cursor);
  if (cursor.takes("where")) select.where = parseExpression(cursor);
  if (cursor.takes("group", "by")) select.groups = cursor.list(() => parseGrouping(cursor));
  if (cursor.takes("having")) select.having = parseExpression(cursor);
  if (cursor.takes("window"))
    cursor.list(() => {
      const { text } = cursor.name();
      cursor.expect("as", "(");
      select.windows.set(text, parseOver(cursor));
    });
  return select;
}

function parseItem(cursor: Cursor): SelectItem {
  const { at } = cursor;
  if (cursor.takes("*")) return { at, kind: "all" };
  const qualifier = takesQualifiedStar(cursor);
  if (qualifier) return { at, kind: "all", qualifier };
  const value = parseExpression(cursor);
  const alias = cursor.takes("as") || cursor.seesName() ? { alias: cursor.name() } : {};
  return { at, kind: "expression", value, ...alias };
}

/** `t.*` or `schema.t.*`. */
function takesQualifiedStar(cursor: Cursor): string[] | undefined {
  let ahead = 0;
  while (cursor.seesName(ahead) && cursor.peek(ahead + 1).text === ".") ahead += 2;
  if (ahead === 0 || cursor.peek(ahead).text !== "*") return undefined;
  const path: string[] = [];
  while (!cursor.takes("*")) {
    path.push(cursor.name().text);
    cursor.expect(".");
  }
  return path;
}

function parseGrouping(cursor: Cursor): Grouping {
  for (const type of ["GROUPING SETS", "ROLLUP", "CUBE"] as const) {
    if (!cursor.takes(...type.toLowerCase().split(" "))) continue;
    cursor.expect("(");
    const sets = cursor.list(() => parseGroupingSet(cursor));
    cursor.expect(")");
    return { kind: "sets", type, sets };
  }
  const value = parseExpression(cursor);
  return { kind: "expression", value };
}

function parseGroupingSet(cursor: Cursor): Expression[] {
  if (!cursor.takes("(")) return [parseExpression(cursor)];
  const keys = cursor.sees(")") ? [] : cursor.list(() => parseExpression(cursor));
  cursor.expect(")");
  return keys;
}
