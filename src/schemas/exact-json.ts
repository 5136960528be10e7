/**
 * JSON with numbers that a double cannot hold: order ids and snowflakes beyond 2^53, long fractions, 1e400. Such a
 * number becomes what `JSON.rawJSON` makes of its text, and `JSON.stringify` writes it digit for digit. Every other
 * number is read as usual, and a text without such numbers costs a single search.
 * https://github.com/tc39/proposal-json-parse-with-source
 */

declare global {
  interface JSON {
    // In Node since version 22, but not yet in TypeScript's library.
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** A number as text. */
export type RawNumber = { readonly rawJSON: string };

// A double can tell apart all numbers of up to 15 digits. Inside a text this may match by chance, which only costs
// time.
const maybeLong = /[[:,\s]-?(?:\d[\d.]{15}|\d[\d.]*[eE])/;
const code = { quote: 34, plus: 43, minus: 45, dot: 46, zero: 48, nine: 57, upperE: 69, backslash: 92, lowerE: 101 };
const MARK = "\u0001";

/** The value of a JSON text. Throws a SyntaxError, like `JSON.parse`. */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!maybeLong.test(text)) return value;
  const mark = unusedMark(text);
  // The text is known to be valid JSON here. Only numbers are turned into texts, and no other text starts with the
  // mark.
  const marked = markInexact(text, escaped(mark));
  return marked === text ? value : withRawNumbers(JSON.parse(marked), mark);
}

/** A number as a double, however it was read; any other value unchanged. */
export function plainNumber(value: unknown): unknown {
  return JSON.isRawJSON(value) ? Number(value.rawJSON) : value;
}

/** The object with its own values as ordinary numbers; nested values are unchanged. */
export function withPlainNumbers<T extends object>(value: T): T {
  if (!Object.values(value).some((one) => JSON.isRawJSON(one))) return value;
  const plain = { ...value };
  for (const [key, one] of Object.entries(value))
    if (JSON.isRawJSON(one)) Object.assign(plain, { [key]: plainNumber(one) });
  return plain;
}

/**
 * The text in which each number that a double cannot hold is replaced by a text that starts with the mark. One walk,
 * whatever the text contains.
 */
function markInexact(text: string, mark: string): string {
  const parts: string[] = [];
  let written = 0;
  for (let at = 0; at < text.length; ) {
    const first = text.charCodeAt(at);
    if (first === code.quote) {
      at = endOfText(text, at);
    } else if (first === code.minus || isDigit(first)) {
      const end = endOfNumber(text, at);
      if (isInexact(text, at, end)) {
        parts.push(text.slice(written, at), `"${mark}${text.slice(at, end)}"`);
        written = end;
      }
      at = end;
    } else {
      at++;
    }
  }
  return parts.join("") + text.slice(written);
}

/** The index after the quote that ends a text. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === code.backslash) before--;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return text.length;
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isOfNumber(text.charCodeAt(end))) end++;
  return end;
}

function isDigit(char: number): boolean {
  return char >= code.zero && char <= code.nine;
}

function isOfNumber(char: number): boolean {
  if (isDigit(char) || char === code.dot || char === code.lowerE || char === code.upperE) return true;
  return char === code.plus || char === code.minus;
}

// A double can tell apart most numbers, which this recognises without parsing them.
const surelyExact = /^-?[\d.]{1,15}(?:[eE][+-]?\d{1,2})?$/;

function isInexact(text: string, from: number, to: number): boolean {
  // The shortest inexact number is 1e400.
  if (to - from < 5) return false;
  const token = text.slice(from, to);
  if (surelyExact.test(token)) return false;
  const number = Number(token);
  if (!Number.isFinite(number)) return true;
  if (number === 0) return /[1-9]/.test(token.split(/[eE]/, 1)[0] ?? "");
  const read = String(number);
  if (token.includes("e") || token.includes("E") || read.includes("e")) return decimalOf(token) !== decimalOf(read);
  return withoutZeros(token) !== read;
}

/** A decimal without trailing zeros in its fraction. */
function withoutZeros(decimal: string): string {
  if (!decimal.includes(".")) return decimal;
  let end = decimal.length;
  while (decimal.charCodeAt(end - 1) === code.zero) end--;
  if (decimal.charCodeAt(end - 1) === code.dot) end--;
  return decimal.slice(0, end);
}

/**
 * A number's sign, digits and exponent in a canonical form. Written by hand, because a pattern for trailing zeros can
 * take exponentially long.
 */
function decimalOf(text: string): string {
  const [decimal = "", exponent = "0"] = text.split(/[eE]/);
  const sign = decimal[0] === "-" ? "-" : "";
  const [whole = "", fraction = ""] = decimal.slice(sign.length).split(".");
  const digits = whole + fraction;
  let [from, to] = [0, digits.length];
  while (digits[from] === "0") from++;
  while (to > from && digits[to - 1] === "0") to--;
  return `${sign}${digits.slice(from, to)}e${Number(exponent) + whole.length - to}`;
}

/**
 * A mark that occurs nowhere in the text: more of its characters than there are in a row. In JSON the character can
 * only be written as an escape.
 */
function unusedMark(text: string): string {
  let mark = MARK;
  while (text.includes(escaped(mark))) mark += MARK;
  return mark;
}

function escaped(mark: string): string {
  return mark.replaceAll(MARK, "\\u0001");
}

/** Without recursion: a text may be nested more deeply than the stack allows. */
function withRawNumbers(root: unknown, mark: string): unknown {
  const box = { root };
  const open: Record<string, unknown>[] = [box];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    const keys = Array.isArray(holder) ? holder.keys() : Object.keys(holder);
    for (const key of keys as Iterable<keyof typeof holder>) {
      const value = holder[key];
      if (typeof value === "string" && value.startsWith(mark)) holder[key] = JSON.rawJSON(value.slice(mark.length));
      else if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>);
    }
  }
  return box.root;
}
