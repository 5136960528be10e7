/** Expressions, from OR, which binds least, to AT TIME ZONE, which binds most. */
import type { Cursor } from "./cursor.ts";
import { parseCall } from "./parse-call.ts";
import { parseType } from "./parse-type.ts";
import type { Expression } from "./syntax.ts";

type Binary = Extract<Expression, { left: Expression; right: Expression }>;

export function parseExpression(cursor: Cursor): Expression {
  return parseLogical(cursor, "OR", () => parseLogical(cursor, "AND", () => parseNot(cursor)));
}

function parseLogical(cursor: Cursor, operator: "AND" | "OR", read: () => Expression): Expression {
  const { at } = cursor;
  const parts = [read()];
  while (cursor.takes(operator)) parts.push(read());
  const [only] = parts;
  return only && parts.length === 1 ? only : { at, kind: "logical", operator, parts };
}

function parseNot(cursor: Cursor): Expression {
  const { at } = cursor;
  return cursor.takes("not") ? { at, kind: "not", value: parseNot(cursor) } : parsePredicate(cursor);
}

const comparisons = new Set(["=", "<>", "!=", "<", "<=", ">", ">="]);

function parsePredicate(cursor: Cursor): Expression {
  const { at } = cursor;
  const left = parseValue(cursor);
  const operator = cursor.takesSymbol(comparisons);
  if (operator !== undefined) {
    if (cursor.sees("all", "(") || cursor.sees("any", "(") || cursor.sees("some", "("))
      throw cursor.refuse(`${cursor.peek().text.toUpperCase()} (…)`);
    return { at, kind: "compare", operator: operator === "!=" ? "<>" : operator, left, right: parseValue(cursor) };
  }
  if (cursor.takes("is")) return parseIs(cursor, left);
  const isNot = cursor.takes("not");
  const value = parseCondition(cursor, left);
  if (isNot && value === left) throw cursor.mismatch();
  return isNot ? { at, kind: "not", value } : value;
}

function parseIs(cursor: Cursor, value: Expression): Expression {
  const { at } = value;
  const isNot = cursor.takes("not");
  const found: Expression = cursor.takes("null")
    ? { at, kind: "isNull", value }
    : { at, kind: "distinctFrom", left: value, right: parseDistinctFrom(cursor) };
  return isNot ? { at, kind: "not", value: found } : found;
}

function parseDistinctFrom(cursor: Cursor): Expression {
  cursor.expect("distinct", "from");
  return parseValue(cursor);
}

/** What may follow a value, also after NOT; the value itself if nothing does. */
function parseCondition(cursor: Cursor, value: Expression): Expression {
  const { at } = value;
  if (cursor.takes("between")) {
    const low = parseValue(cursor);
    cursor.expect("and");
    return { at, kind: "between", value, low, high: parseValue(cursor) };
  }
  if (cursor.takes("in")) return parseIn(cursor, value);
  if (!cursor.takes("like")) return value;
  const pattern = parseValue(cursor);
  return { at, kind: "like", value, pattern, ...(cursor.takes("escape") && { escapedBy: parseValue(cursor) }) };
}

function parseIn(cursor: Cursor, value: Expression): Expression {
  const { at } = value;
  cursor.expect("(");
  const found: Expression = seesQuery(cursor)
    ? { at, kind: "inQuery", value, query: cursor.query() }
    : { at, kind: "in", value, list: cursor.list(() => parseExpression(cursor)) };
  cursor.expect(")");
  return found;
}

/** Whether a query comes next, after any number of parentheses, or after exactly so many. */
export function seesQuery(cursor: Cursor, parentheses?: number): boolean {
  let depth = 0;
  while (cursor.peek(depth).text === "(" && depth !== parentheses) depth++;
  return ["select", "with", "values"].some(
    (word) => cursor.peek(depth).text === word && cursor.peek(depth).kind === "name",
  );
}

const concatenation = new Set(["||"]);
const sums = new Set(["+", "-"]);
const products = new Set(["*", "/", "%"]);

/** `||` binds least, then + and -, then * / %. */
export function parseValue(cursor: Cursor): Expression {
  return parseBinary(cursor, concatenation, "concat", () =>
    parseBinary(cursor, sums, "arithmetic", () =>
      parseBinary(cursor, products, "arithmetic", () => parseSigned(cursor)),
    ),
  );
}

function parseBinary(
  cursor: Cursor,
  operators: ReadonlySet<string>,
  kind: "concat" | "arithmetic",
  read: () => Expression,
): Expression {
  const { at } = cursor;
  let left = read();
  for (;;) {
    const operator = cursor.takesSymbol(operators);
    if (operator === undefined) return left;
    const right = read();
    const both: Binary = kind === "concat" ? { at, kind, left, right } : { at, kind, operator, left, right };
    left = both;
  }
}

function parseSigned(cursor: Cursor): Expression {
  const { at } = cursor;
  if (cursor.takes("-")) return { at, kind: "negate", value: parseSigned(cursor) };
  if (cursor.takes("+")) return parseSigned(cursor);
  let value = parsePostfix(cursor);
  while (cursor.takes("at")) {
    cursor.expect("time", "zone");
    value = { at, kind: "zone", value, zone: parsePostfix(cursor) };
  }
  return value;
}

function parsePostfix(cursor: Cursor): Expression {
  let value = parsePrimary(cursor);
  for (;;) {
    const { at } = value;
    if (cursor.takes("[")) {
      value = { at, kind: "subscript", value, index: parseValue(cursor) };
      cursor.expect("]");
    } else if (value.kind !== "column" && cursor.takes(".")) value = { at, kind: "field", value, name: cursor.name() };
    else return value;
  }
}

function parsePrimary(cursor: Cursor): Expression {
  const { kind, at } = cursor.peek();
  if (kind === "number") return { at, kind: "number", text: cursor.next().text };
  if (kind === "string") return { at, kind: "string", text: cursor.next().text };
  if (kind === "bytes") return { at, kind: "bytes", hex: cursor.next().text };
  if (cursor.sees("(")) return parseParenthesis(cursor);
  if (cursor.sees("[")) throw cursor.refuse("[…] for an array: write ARRAY[…]");
  const word = keywords[kind === "name" ? cursor.peek().text : ""];
  const found = word?.(cursor, at);
  if (found) return found;
  if (kind === "name" && cursor.peek(1).kind === "string")
    return { at, kind: "typed", type: cursor.next().text, text: cursor.next().text };
  if (kind === "name" && cursor.peek(1).text === "(" && cursor.peek(1).kind === "symbol") return parseCall(cursor);
  return parseColumn(cursor);
}

function parseColumn(cursor: Cursor): Expression {
  const { at } = cursor;
  const path = [cursor.name()];
  while (cursor.takes(".")) path.push(cursor.name());
  return { at, kind: "column", path };
}

function parseParenthesis(cursor: Cursor): Expression {
  const { at } = cursor;
  if (seesQuery(cursor, 1) && cursor.takes("(")) {
    const query = cursor.query();
    cursor.expect(")");
    return { at, kind: "subquery", query };
  }
  cursor.expect("(");
  const items = cursor.list(() => parseExpression(cursor));
  cursor.expect(")");
  const [only] = items;
  return only && items.length === 1 ? only : { at, kind: "row", items };
}

/** A word that starts an expression of its own kind; undefined if it turns out to be a name. */
type Keyword = (cursor: Cursor, at: number) => Expression | undefined;
const keywords: Record<string, Keyword> = {
  null: (cursor, at) => parseWord(cursor, { at, kind: "null" }),
  true: (cursor, at) => parseWord(cursor, { at, kind: "boolean", value: true }),
  false: (cursor, at) => parseWord(cursor, { at, kind: "boolean", value: false }),
  case: parseCase,
  cast: (cursor, at) => parseCast(cursor, at, false),
  try_cast: (cursor, at) => parseCast(cursor, at, true),
  exists(cursor, at) {
    cursor.expect("exists", "(");
    const query = cursor.query();
    cursor.expect(")");
    return { at, kind: "exists", query };
  },
  array(cursor, at) {
    if (!cursor.takes("array", "[")) return undefined;
    const items = cursor.sees("]") ? [] : cursor.list(() => parseExpression(cursor));
    cursor.expect("]");
    return { at, kind: "array", items };
  },
  row(cursor, at) {
    if (!cursor.takes("row", "(")) return undefined;
    const items = cursor.list(() => parseExpression(cursor));
    cursor.expect(")");
    return { at, kind: "row", items };
  },
  interval: parseInterval,
  current_date: parseCurrent,
  current_timestamp: parseCurrent,
  localtimestamp: parseCurrent,
};

function parseWord(cursor: Cursor, expression: Expression): Expression {
  cursor.next();
  return expression;
}

function parseCurrent(cursor: Cursor, at: number): Expression {
  const what = cursor.next().text;
  if (cursor.sees("(")) throw cursor.refuse(`a precision of ${what}`);
  return { at, kind: "current", what };
}

function parseCase(cursor: Cursor, at: number): Expression {
  cursor.expect("case");
  const operand = cursor.sees("when") ? {} : { operand: parseExpression(cursor) };
  const whens: { when: Expression; result: Expression }[] = [];
  while (cursor.takes("when")) {
    const when = parseExpression(cursor);
    cursor.expect("then");
    whens.push({ when, result: parseExpression(cursor) });
  }
  if (whens.length === 0) throw cursor.mismatch();
  const otherwise = cursor.takes("else") ? { otherwise: parseExpression(cursor) } : {};
  cursor.expect("end");
  return { at, kind: "case", ...operand, whens, ...otherwise };
}

function parseCast(cursor: Cursor, at: number, isTry: boolean): Expression | undefined {
  if (cursor.peek(1).text !== "(") return undefined;
  cursor.next();
  cursor.expect("(");
  const value = parseExpression(cursor);
  cursor.expect("as");
  const type = parseType(cursor);
  cursor.expect(")");
  return { at, kind: "cast", value, type, try: isTry };
}

function parseInterval(cursor: Cursor, at: number): Expression | undefined {
  const isSigned = /^[+-]$/.test(cursor.peek(1).text) && cursor.peek(2).kind === "string";
  if (!isSigned && (cursor.peek(1).kind !== "string" || cursor.peek(2).kind !== "name")) return undefined;
  cursor.next();
  const negative = isSigned && cursor.next().text === "-";
  const text = cursor.string();
  const unit = cursor.next().text;
  if (!/^(year|month|day|hour|minute|second)$/.test(unit)) return undefined;
  if (cursor.sees("to")) throw cursor.refuse("INTERVAL … TO …");
  return { at, kind: "interval", text, unit, negative };
}
