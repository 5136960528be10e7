/** Function calls, and those with a grammar of their own: EXTRACT, TRIM, SUBSTRING, POSITION. */
import type { Cursor } from "./cursor.ts";
import type { Call, Expression, Frame, Over, SortItem } from "./syntax.ts";

export function parseCall(cursor: Cursor): Expression {
  const { at } = cursor;
  const name = cursor.next().text;
  cursor.expect("(");
  const special = specials[name]?.(cursor);
  const call: Call = {
    ...{ at, kind: "call", name, args: special ?? [], star: false, distinct: false, order: [], ignoreNulls: false },
  };
  if (!special) parseArguments(cursor, call);
  cursor.expect(")");
  parseWithin(cursor, call);
  if (cursor.takes("filter")) {
    cursor.expect("(", "where");
    call.filter = cursor.expression();
    cursor.expect(")");
  }
  if (cursor.takes("ignore", "nulls")) call.ignoreNulls = true;
  else cursor.takes("respect", "nulls");
  if (cursor.takes("over")) call.over = cursor.takes("(") ? parseOver(cursor) : cursor.name().text;
  return call;
}

/** The order of listagg, which is mandatory. */
function parseWithin(cursor: Cursor, call: Call): void {
  if (call.name !== "listagg") {
    if (cursor.sees("within", "group")) throw cursor.refuse("WITHIN GROUP (…)");
    return;
  }
  cursor.expect("within", "group", "(", "order", "by");
  call.order = parseOrder(cursor);
  cursor.expect(")");
}

function parseArguments(cursor: Cursor, call: Call): void {
  if (cursor.takes("*")) call.star = true;
  else if (!cursor.sees(")")) {
    call.distinct = cursor.takes("distinct");
    call.args = cursor.list(() => parseArgument(cursor));
  }
  if (cursor.sees("on", "overflow")) throw cursor.refuse("ON OVERFLOW");
  if (cursor.takes("order", "by")) call.order = parseOrder(cursor);
}

function parseArgument(cursor: Cursor): Expression {
  const { at } = cursor;
  const params = lambdaParams(cursor);
  return params ? { at, kind: "lambda", params, body: cursor.expression() } : cursor.expression();
}

/** `x ->` or `(x, y) ->`, which is consumed. */
function lambdaParams(cursor: Cursor): string[] | undefined {
  if (cursor.seesName() && cursor.peek(1).text === "->") {
    const params = [cursor.name().text];
    cursor.expect("->");
    return params;
  }
  if (!cursor.sees("(")) return undefined;
  let ahead = 1;
  while (cursor.seesName(ahead) && cursor.peek(ahead + 1).text === ",") ahead += 2;
  if (!cursor.seesName(ahead) || cursor.peek(ahead + 1).text !== ")" || cursor.peek(ahead + 2).text !== "->")
    return undefined;
  cursor.expect("(");
  const params = cursor.list(() => cursor.name().text);
  cursor.expect(")", "->");
  return params;
}

/** A sort order after ORDER BY. By default, NULL comes last in both directions. */
export function parseOrder(cursor: Cursor): SortItem[] {
  return cursor.list(() => {
    const key = cursor.expression();
    const descending = cursor.takes("desc");
    if (!descending) cursor.takes("asc");
    const nullsFirst = cursor.takes("nulls", "first");
    if (!nullsFirst) cursor.takes("nulls", "last");
    return { key, descending, nullsFirst };
  });
}

/** A window after its opening parenthesis, up to the closing one. */
export function parseOver(cursor: Cursor): Over {
  const over: Over = { partition: [], order: [] };
  if (cursor.takes("partition", "by")) over.partition = cursor.list(() => cursor.expression());
  if (cursor.takes("order", "by")) over.order = parseOrder(cursor);
  if (!cursor.sees(")")) over.frame = parseFrame(cursor);
  cursor.expect(")");
  return over;
}

function parseFrame(cursor: Cursor): Frame {
  const unit = cursor.next().text.toUpperCase();
  if (unit === "GROUPS") throw cursor.refuse("frames of GROUPS");
  if (!/^(ROWS|RANGE)$/.test(unit)) throw cursor.mismatch();
  if (!cursor.takes("between")) {
    const { bound: start, by: startBy } = parseBound(cursor);
    return { unit, start, ...(startBy && { startBy }) };
  }
  const { bound: start, by: startBy } = parseBound(cursor);
  cursor.expect("and");
  const { bound: end, by: endBy } = parseBound(cursor);
  return { unit, start, ...(startBy && { startBy }), end, ...(endBy && { endBy }) };
}

function parseBound(cursor: Cursor): { bound: string; by?: Expression } {
  for (const bound of ["unbounded preceding", "unbounded following", "current row"])
    if (cursor.takes(...bound.split(" "))) return { bound: bound.toUpperCase() };
  const by = cursor.value();
  const bound = ["preceding", "following"].find((word) => cursor.takes(word));
  if (bound === undefined) throw cursor.mismatch();
  return { bound: bound.toUpperCase(), by };
}

/**
 * The arguments of a call, in the grammar of the function with this name; undefined if they are separated by commas.
 */
const specials: Record<string, (cursor: Cursor) => Expression[] | undefined> = {
  extract(cursor) {
    const { at } = cursor;
    const field = cursor.next().text;
    cursor.expect("from");
    return [{ at, kind: "string", text: field }, cursor.value()];
  },
  position(cursor) {
    const part = cursor.value();
    cursor.expect("in");
    return [cursor.value(), part];
  },
  substring(cursor) {
    const value = cursor.expression();
    if (!cursor.takes("from")) {
      cursor.expect(",");
      return [value, ...cursor.list(() => cursor.expression())];
    }
    const from = cursor.value();
    return cursor.takes("for") ? [value, from, cursor.value()] : [value, from];
  },
  trim(cursor) {
    const { at } = cursor;
    if (cursor.sees("from")) throw cursor.mismatch();
    const side = ["both", "leading", "trailing"].find((word) => cursor.takes(word)) ?? "both";
    const characters = cursor.sees("from") ? undefined : cursor.value();
    const value = cursor.takes("from") ? cursor.value() : undefined;
    const what: Expression = { at, kind: "string", text: side };
    if (value) return characters ? [what, value, characters] : [what, value];
    if (!characters) throw cursor.mismatch();
    if (cursor.takes(",")) return [what, characters, cursor.value()];
    return [what, characters];
  },
  json_exists: (cursor) => refuseJson(cursor, "json_exists"),
  json_value: (cursor) => refuseJson(cursor, "json_value"),
  json_query: (cursor) => refuseJson(cursor, "json_query"),
  json_object: (cursor) => refuseJson(cursor, "json_object"),
  json_array: (cursor) => refuseJson(cursor, "json_array"),
  normalize: (cursor) => refuseJson(cursor, "normalize"),
};

function refuseJson(cursor: Cursor, name: string): never {
  throw cursor.refuse(`function ${name}`);
}
