/** What comes after FROM: tables, subqueries, UNNEST and joins. */
import { AthenaFailure } from "../../athena/failure.ts";
import type { Cursor } from "./cursor.ts";
import { seesQuery } from "./parse-expression.ts";
import type { Name, Relation } from "./syntax.ts";

/** Names in parentheses. */
export function parseNames(cursor: Cursor): Name[] {
  cursor.expect("(");
  const names = cursor.list(() => cursor.name());
  cursor.expect(")");
  return names;
}

/** A comma is a CROSS JOIN. */
export function parseRelation(cursor: Cursor): Relation {
  const { at } = cursor;
  let relation = parseJoins(cursor);
  while (cursor.takes(",")) relation = { at, kind: "join", type: "CROSS", left: relation, right: parseJoins(cursor) };
  return relation;
}

function parseJoins(cursor: Cursor): Relation {
  const { at } = cursor;
  let left = parseAliased(cursor);
  for (;;) {
    if (cursor.sees("natural")) throw cursor.refuse("NATURAL JOIN");
    if (cursor.takes("cross", "join")) {
      left = { at, kind: "join", type: "CROSS", left, right: parseAliased(cursor) };
      continue;
    }
    const type = takesJoin(cursor);
    if (type === undefined) return left;
    const right = parseAliased(cursor);
    if (cursor.takes("using"))
      left = { at, kind: "join", type, left, right, using: parseNames(cursor).map(({ text }) => text) };
    else {
      cursor.expect("on");
      left = { at, kind: "join", type, left, right, on: cursor.expression() };
    }
  }
}

function takesJoin(cursor: Cursor): "INNER" | "LEFT" | "RIGHT" | "FULL" | undefined {
  if (cursor.takes("join") || cursor.takes("inner", "join")) return "INNER";
  for (const side of ["LEFT", "RIGHT", "FULL"] as const)
    if (cursor.takes(side, "join") || cursor.takes(side, "outer", "join")) return side;
  return undefined;
}

function parseAliased(cursor: Cursor): Relation {
  const { at } = cursor;
  const relation = parsePrimaryRelation(cursor);
  if (cursor.sees("tablesample")) throw cursor.refuse("TABLESAMPLE");
  if (!cursor.takes("as") && !seesAlias(cursor)) return relation;
  const alias = cursor.name().text;
  return { at, kind: "aliased", relation, alias, ...(cursor.sees("(") && { columns: parseNames(cursor) }) };
}

/** Words that are names elsewhere, but continue the query here. */
function seesAlias(cursor: Cursor): boolean {
  const goesOn = ["limit", "offset", "fetch", "window"].includes(cursor.peek().text) && cursor.peek().kind === "name";
  return cursor.seesName() && !goesOn;
}

function parsePrimaryRelation(cursor: Cursor): Relation {
  const { at } = cursor;
  if (cursor.sees("lateral")) throw cursor.refuse("LATERAL");
  if (cursor.sees("table", "(")) throw cursor.refuse("table functions");
  if (cursor.takes("unnest", "(")) {
    const values = cursor.list(() => cursor.expression());
    cursor.expect(")");
    return { at, kind: "unnest", values, ordinality: cursor.takes("with", "ordinality") };
  }
  if (cursor.sees("(")) {
    const isQuery = seesQuery(cursor);
    cursor.expect("(");
    const inner: Relation = isQuery ? { at, kind: "query", query: cursor.query() } : parseRelation(cursor);
    cursor.expect(")");
    return inner;
  }
  const path = [cursor.name().text];
  while (cursor.takes(".")) path.push(cursor.name().text);
  if (cursor.sees("("))
    throw new AthenaFailure(
      "FUNCTION_NOT_FOUND",
      `${cursor.position(at)}: Table function '${path.join(".")}' not registered`,
    );
  return { at, kind: "table", path };
}
