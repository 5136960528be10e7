/**
 * The `sql` tag, with which every line of SQL in this folder is written. A value becomes a `?` in the text and a
 * literal beside it, so that nothing sent by a client is ever part of a statement. Athena accepts `?` only in a WHERE
 * clause; a statement with a value before any WHERE is refused here already.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
 */

/** A statement or a part of one. `params` are literals for the `?` in `text`, in order (ExecutionParameters). */
export type Sql = { readonly text: string; readonly params: readonly string[] };
/** Whole numbers only; a time is passed as text in the form that the column's type accepts. */
export type SqlValue = string | number | bigint | boolean;

// https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
export const LONGEST_PARAMETER = 1024;

/** The pieces made by this module: an object that looks like one but came from elsewhere is not accepted. */
const pieces = new WeakSet<object>();

/** A piece of SQL: pieces among the values become part of its text, any other value a `?`. */
export function sql(strings: TemplateStringsArray, ...values: (Sql | SqlValue)[]): Sql {
  let text = checkText(strings[0]);
  const params: string[] = [];
  for (const [index, value] of values.entries()) {
    const part = toPiece(value);
    text += part.text + checkText(strings[index + 1]);
    params.push(...part.params);
  }
  if (params.length > 0) checkParameters(text);
  return piece(text, params);
}

/**
 * A text from this code, never from a client, as a piece of SQL: names, keywords, and literals where Athena takes no
 * parameter.
 */
export function raw(text: string): Sql {
  return piece(checkText(text), []);
}

/** Pieces or values, joined by a text from this code. */
export function join(items: readonly (Sql | SqlValue)[], separator: string): Sql {
  const parts = items.map(toPiece);
  return piece(
    parts.map(({ text }) => text).join(checkText(separator)),
    parts.flatMap(({ params }) => params),
  );
}

function toPiece(value: Sql | SqlValue): Sql {
  if (typeof value === "object") {
    if (value !== null && pieces.has(value)) return value;
    throw new TypeError("Cannot build SQL: a value is an object that is not a piece of SQL");
  }
  return piece("?", [literal(value)]);
}

function piece(text: string, params: readonly string[]): Sql {
  const made = { text, params };
  pieces.add(made);
  return made;
}

function checkText(text = ""): string {
  if (text.includes("?")) throw new TypeError("Cannot build SQL: a ? in the text would take the place of a parameter");
  return text;
}

/** Part of a condition is fine anywhere, but what starts as a query must have its values after a WHERE. */
function checkParameters(text: string): void {
  if (!/^[\s(]*(select|with|unload|insert|create)\b/i.test(text)) return;
  const beforeFirst = text.slice(0, text.indexOf("?"));
  if (!/\bwhere\b/i.test(beforeFirst))
    throw new TypeError(`Cannot use a value before WHERE, where Athena takes none: ${beforeFirst.trim().slice(-60)} ?`);
}

/** Whether Athena accepts a text as a parameter: well-formed, and short enough including its quotes. */
export function fitsParameter(text: string): boolean {
  return isProper(text) && quoted(text).length <= LONGEST_PARAMETER;
}

function literal(value: SqlValue): string {
  const text = typeof value === "string" ? quote(value) : plainLiteral(value);
  if (text.length <= LONGEST_PARAMETER) return text;
  throw new RangeError(
    `Cannot use a value of ${text.length} characters in SQL: Athena takes at most ${LONGEST_PARAMETER}, quotes included`,
  );
}

function plainLiteral(value: number | bigint | boolean): string {
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return String(value);
  throw new TypeError(`Cannot use ${String(value)} as a value in SQL: it is neither text nor a whole number`);
}

function quote(value: string): string {
  if (isProper(value)) return quoted(value);
  throw new RangeError("Cannot use this text as a value in SQL: it has a NUL or half of a surrogate pair");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Engines that work in UTF-8 return neither a NUL nor half of a surrogate pair unchanged. */
function isProper(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}
