/** Type names: `varchar(10)`, `timestamp(3) with time zone`, `array(bigint)`, `row(a integer, b varchar)`. */
import type { Cursor } from "./cursor.ts";
import type { TypeName } from "./syntax.ts";

export function parseType(cursor: Cursor): TypeName {
  const { at } = cursor;
  const name = cursor.next().text;
  const type: TypeName = { at, name, numbers: [], of: [], fields: [] };
  if (name === "double") cursor.takes("precision");
  if (name === "interval") type.name = intervalName(cursor);
  if (cursor.sees("<")) throw cursor.refuse(`${name}<…>: write ${name}(…)`);
  if (cursor.takes("(")) {
    parseArguments(cursor, type);
    cursor.expect(")");
  }
  if (/^times?(tamp)?$/.test(name) && cursor.takes("with")) {
    cursor.expect("time", "zone");
    type.name = `${name} with time zone`;
  } else if (/^times?(tamp)?$/.test(name) && cursor.takes("without")) cursor.expect("time", "zone");
  return type;
}

function intervalName(cursor: Cursor): string {
  const from = cursor.next().text;
  cursor.expect("to");
  return `interval ${from} to ${cursor.next().text}`;
}

function parseArguments(cursor: Cursor, type: TypeName): void {
  if (cursor.peek().kind === "number") {
    type.numbers.push(...cursor.list(() => cursor.integer()));
    return;
  }
  cursor.list(() => {
    const isNamed = type.name === "row" && cursor.seesName() && !/^[(,)]$/.test(cursor.peek(1).text);
    type.fields.push(isNamed ? cursor.name().text : undefined);
    type.of.push(parseType(cursor));
  });
}
