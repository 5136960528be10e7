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
const maybeLong = /[[:,\s]-?(?:\d[\d.]{15}|\d[\d.]*[eE][+-]?\d{3})/;
const code = {
  ...{ quote: 34, plus: 43, comma: 44, minus: 45, dot: 46, zero: 48, nine: 57 },
  ...{ upperE: 69, backslash: 92, closeList: 93, lowerE: 101, close: 125 },
};
const MARK = "\u0001";

/** The value of a JSON text. Throws a SyntaxError, like `JSON.parse`. */
export function parseExact(text: string): unknown {
  const { json, restore } = parseMarked(text, [{ from: 0, to: text.length }]);
  return restore(json);
}

/**
 * The same in two steps, for a text of which only some parts matter: numbers outside of these are read as usual, and
 * those within become texts until `restore` makes numbers of them, in a value that is one of these parts. Neither step
 * takes time for the rest. A part begins and ends outside of any number or text.
 */
export function parseMarked(text: string, parts: readonly Part[]): { json: unknown; restore: Restore } {
  if (!maybeLong.test(text)) return { json: JSON.parse(text), restore: (value) => value };
  const mark = unusedMark(text);
  // Only numbers are turned into texts, and no other text starts with the mark.
  const marked = markInexact(text, parts, escaped(mark));
  return { json: JSON.parse(marked), restore: marked === text ? (value) => value : withRawNumbers(mark) };
}

type Part = { from: number; to: number };
type Restore = (value: unknown) => unknown;

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
 * whatever the text contains. What is no JSON is none afterwards either.
 */
function markInexact(text: string, parts: readonly Part[], mark: string): string {
  let marked = "";
  const opening = `"${mark}`;
  let written = 0;
  for (const { from, to } of parts)
    for (let at = from; at < to; ) {
      const first = text.charCodeAt(at);
      if (first === code.quote) {
        at = endOfText(text, at);
      } else if (first === code.minus || isDigit(first)) {
        const end = endOfNumber(text, at);
        if (end - at >= SHORTEST_INEXACT && isInexact(text, at, end) && isValue(text, at, end)) {
          marked += `${text.slice(written, at)}${opening}${text.slice(at, end)}"`;
          written = end;
        }
        at = end;
      } else {
        at++;
      }
    }
  return written === 0 ? text : marked + text.slice(written);
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const colon = /\s*:/y;

/** Whether this is a number as JSON writes it, and stands where one may. */
function isValue(text: string, from: number, to: number): boolean {
  number.lastIndex = from;
  if (!number.test(text) || number.lastIndex !== to) return false;
  const next = text.charCodeAt(to);
  if (next === code.comma || next === code.closeList || next === code.close) return true;
  colon.lastIndex = to;
  return !colon.test(text);
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

/** The length of 1e400. */
const SHORTEST_INEXACT = 5;
/** A double holds every number of so few digits, from 1e-307 to 1e307 … */
const ALWAYS_HELD_DIGITS = 15;
const HELD_EXPONENT = 307;
/** … and is never written with more than so many. */
const MOST_DIGITS = 17;

/**
 * Whether the nearest double is written with other digits. Counting digits mostly suffices, and takes a fraction of the
 * time of reading a number and writing it.
 */
function isInexact(text: string, from: number, to: number): boolean {
  let [digits, zeros, exponentAt] = [0, 0, to];
  for (let at = from; at < exponentAt; at++) {
    const char = text.charCodeAt(at);
    if (char === code.zero) zeros++;
    else if (isDigit(char)) {
      // Zeros before the first digit mean nothing, and those behind the last one are never reached.
      digits += digits === 0 ? 1 : zeros + 1;
      zeros = 0;
    } else if (char === code.lowerE || char === code.upperE) exponentAt = at;
  }
  if (digits > MOST_DIGITS) return true;
  const exponent = exponentAt === to ? 0 : Number(text.slice(exponentAt + 1, to));
  if (digits <= ALWAYS_HELD_DIGITS && exponentAt - from + Math.abs(exponent) <= HELD_EXPONENT) return false;
  return digits > 0 && isWrittenOtherwise(text.slice(from, to));
}

function isWrittenOtherwise(token: string): boolean {
  const number = Number(token);
  if (!Number.isFinite(number)) return true;
  const written = String(number);
  return written !== token && !haveSameDigits(written, token);
}

/** Whether two numbers have the same digits, without their points and the zeros before and behind. */
function haveSameDigits(a: string, b: string): boolean {
  let [i, j] = [nextDigit(a, 0, true), nextDigit(b, 0, true)];
  while (i !== -1 && j !== -1) {
    if (a.charCodeAt(i) !== b.charCodeAt(j)) return false;
    [i, j] = [nextDigit(a, i + 1), nextDigit(b, j + 1)];
  }
  return (i === -1 || nextDigit(a, i, true) === -1) && (j === -1 || nextDigit(b, j, true) === -1);
}

/** The index of the next digit of a number's decimal, of the next that is no zero if so wanted; -1 if there is none. */
function nextDigit(number: string, from: number, noZero = false): number {
  for (let at = from; at < number.length; at++) {
    const char = number.charCodeAt(at);
    if (char === code.lowerE || char === code.upperE) return -1;
    if (isDigit(char) && !(noZero && char === code.zero)) return at;
  }
  return -1;
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

/** Without recursion: a value may be nested more deeply than the stack allows. */
function withRawNumbers(mark: string): Restore {
  return (root) => {
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
  };
}
