/**
 * JSON with numbers that a double cannot hold: order ids and snowflakes beyond 2^53, long fractions, 1e400. Such a
 * number becomes what `JSON.rawJSON` makes of its text, and `JSON.stringify` writes it digit for digit. Every other
 * number is read as usual, and a text without such numbers costs a single search.
 * https://github.com/tc39/proposal-json-parse-with-source
 */
import { endOfNumber, kindOfNumber } from "./inexact-number.ts";

declare global {
  interface JSON {
    // In Node since version 22, but not yet in TypeScript's library.
    rawJSON(text: string): RawNumber;
    isRawJSON(value: unknown): value is RawNumber;
  }
}

/** A number as text. */
export type RawNumber = { readonly rawJSON: string };

/** Where such numbers are in a text: the index of the first's first character, the index behind its last, and so on. */
export type Inexact = readonly number[];

/** Turns what `parseMarked` has marked into numbers. */
export type Marks = {
  /** The value itself; what is in it stays as it is. */
  readValue: (value: unknown) => unknown;
  /** The value with all that is in it. */
  readAll: (value: unknown) => unknown;
  /** Of a marked value, as JSON: digit for digit. */
  writeOut: (json: string) => string;
};

// A double can tell apart all numbers of up to 15 digits. Inside a text this may match by chance, which only costs
// time.
const maybeLong = /[[:,\s]-?(?:\d[\d.]{15}|\d[\d.]*[eE][+-]?\d{3})/;
const code = { quote: 34, minus: 45, zero: 48, nine: 57, backslash: 92 };

/** The value of a JSON text. Throws a SyntaxError, like `JSON.parse`. */
export function parseExact(text: string): unknown {
  if (!maybeLong.test(text)) return JSON.parse(text);
  const { json, marks } = parseMarked(text, findInexact(text));
  return marks === undefined ? json : marks.readAll(json);
}

/**
 * The same in two steps, for a text of which not all numbers matter: those that are listed become marked texts, which
 * cost no more than other texts until `marks` makes numbers of them. Without any there are no marks.
 */
export function parseMarked(text: string, inexact: Inexact): { json: unknown; marks: Marks | undefined } {
  const mark = inexact.length === 0 ? undefined : unusedMark(text);
  if (mark === undefined) return { json: JSON.parse(text), marks: undefined };
  return { json: JSON.parse(markAll(text, inexact, mark)), marks: marksOf(mark) };
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

/** One walk, whatever the text contains. */
function findInexact(text: string): Inexact {
  const found: number[] = [];
  for (let at = 0; at < text.length; ) {
    const first = text.charCodeAt(at);
    if (first === code.quote) at = endOfText(text, at);
    else if (first === code.minus || (first >= code.zero && first <= code.nine)) {
      const end = endOfNumber(text, at);
      if (end < 0 && kindOfNumber(text, at, -end) === "inexact") found.push(at, -end);
      at = Math.abs(end);
    } else at++;
  }
  return found;
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

/** The text in which each of the numbers is between two marks, as a text. What is no JSON is none afterwards either. */
function markAll(text: string, inexact: Inexact, mark: string): string {
  let marked = "";
  let written = 0;
  for (let i = 0; i < inexact.length; i += 2) {
    const [from, to] = [inexact[i] as number, inexact[i + 1] as number];
    marked += `${text.slice(written, from)}"${mark}${text.slice(from, to)}${mark}"`;
    written = to;
  }
  return marked + text.slice(written);
}

function marksOf(mark: string): Marks {
  const marks = new RegExp(`"${mark}|${mark}"`, "g");
  const readValue = (value: unknown) =>
    typeof value === "string" && value.startsWith(mark) ? JSON.rawJSON(value.slice(1, -1)) : value;
  return {
    readValue,
    readAll: (value) => readEverywhere(value, readValue),
    writeOut: (json) => json.replace(marks, ""),
  };
}

/**
 * Characters that may stand in JSON as they are, and that no text is written with: controls of terminals of the
 * seventies. Each is taken for a mark where no text has it, written out or as an escape. A text that has all of them has
 * its numbers read as doubles: whoever looks for a longer mark can be made to look, and to write, forever.
 */
const possibleMarks = ["7f", "81", "84", "8d", "8f", "90", "98", "9d"].map((digits) => ({
  char: String.fromCharCode(Number.parseInt(digits, 16)),
  asEscape: new RegExp(`\\\\u00${digits.replace(/[a-f]/, (digit) => `[${digit}${digit.toUpperCase()}]`)}`),
}));

function unusedMark(text: string): string | undefined {
  return possibleMarks.find(({ char, asEscape }) => !text.includes(char) && !asEscape.test(text))?.char;
}

/** Without recursion: a value may be nested more deeply than the stack allows. */
function readEverywhere(root: unknown, readValue: Marks["readValue"]): unknown {
  const box = { root };
  const open: Record<string, unknown>[] = [box];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    const keys = Array.isArray(holder) ? holder.keys() : Object.keys(holder);
    for (const key of keys as Iterable<keyof typeof holder>) {
      const value = holder[key];
      const read = readValue(value);
      if (read !== value) holder[key] = read;
      else if (typeof value === "object" && value !== null) open.push(value as Record<string, unknown>);
    }
  }
  return box.root;
}
