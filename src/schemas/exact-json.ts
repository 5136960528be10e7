/**
 * JSON with numbers that a double cannot hold: order ids and snowflakes beyond 2^53, long fractions, 1e400. Such a number is read
 * as what `JSON.rawJSON` makes of its text, which `JSON.stringify` writes digit for digit; every other one is a number as usual,
 * and a text without any costs one search. https://github.com/tc39/proposal-json-parse-with-source
 */

declare global {
  interface JSON {
    // In Node since 22, in TypeScript's library not yet.
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** A number as its text. */
export type RawNumber = { readonly rawJSON: string };

// Up to 15 digits are always told apart by a double. Inside of a text this may be right by chance, which only costs time.
const maybeLong = /[[:,\s]-?(?:\d[\d.]{15}|\d[\d.]*[eE])/;
const textOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;
const MARK = "\u0001";

/** The value of a JSON text. Throws a SyntaxError as `JSON.parse` does. */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!maybeLong.test(text)) return value;
  const mark = unusedMark(text);
  // Which text is JSON was settled above: here only numbers become texts, which nothing else in the value begins like.
  const marked = text.replace(textOrNumber, (token) => (isInexact(token) ? `"${escaped(mark)}${token}"` : token));
  return marked === text ? value : withRawNumbers(JSON.parse(marked), mark);
}

/** A number as a double, whatever it was read as; any other value as it is. */
export function plainNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
}

/** An object whose own values are numbers as usual, where one was not; values inside of values stay as they are. */
export function withPlainNumbers<T extends object>(value: T): T {
  if (!Object.values(value).some((one) => JSON.isRawJSON(one))) return value;
  const plain = { ...value };
  for (const [key, one] of Object.entries(value))
    if (JSON.isRawJSON(one)) Object.assign(plain, { [key]: plainNumber(one) });
  return plain;
}

function isInexact(token: string): boolean {
  return token[0] !== '"' && decimalOf(token) !== decimalOf(String(Number(token)));
}

/** A number's sign, digits and exponent in one form; by hand, because a pattern for zeros at the end may take for ever. */
function decimalOf(text: string): string {
  const [, sign, whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = whole + fraction;
  let [from, to] = [0, digits.length];
  while (digits[from] === "0") from++;
  while (to > from && digits[to - 1] === "0") to--;
  if (from === digits.length) return whole === "" ? text : "0";
  return `${sign}${digits.slice(from, to)}e${BigInt(exponent) + BigInt(whole.length - to)}`;
}

/** More of the mark's character than stand together anywhere: within a text of JSON it is only spelled as an escape. */
function unusedMark(text: string): string {
  let mark = MARK;
  while (text.includes(escaped(mark))) mark += MARK;
  return mark;
}

function escaped(mark: string): string {
  return mark.replaceAll(MARK, "\\u0001");
}

/** Without recursion: a text may be nested deeper than the stack is. */
function withRawNumbers(root: unknown, mark: string): unknown {
  const box = { root };
  const open: Record<string, unknown>[] = [box];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const key of Object.keys(holder)) {
      const value = holder[key];
      if (typeof value === "string" && value.startsWith(mark)) holder[key] = JSON.rawJSON(value.slice(mark.length));
      else if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>);
    }
  }
  return box.root;
}
