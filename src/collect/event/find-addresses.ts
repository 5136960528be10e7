/**
 * Finds the IP addresses in a text, in one walk over its bytes for each kind. A text of 1 MB may be nothing but
 * addresses, or nothing but what almost is one, so no byte is looked at more than a few times, whatever the text says.
 * Everything that matters is ASCII, and no byte of another character of UTF-8 can be mistaken for it.
 */
import { isPrivateV4, isPrivateV6 } from "../../sources/client-address.ts";

/**
 * The index of an address's first byte, the index behind its last, and so on. Of the first that is more than were asked
 * for only the former is listed, and none behind it.
 */
export type Addresses = readonly number[];
export type Which = "all" | "public";

/** So many zeros have to be before a text's bytes, and behind them: nothing looks beyond them. */
export const EDGE = 3;

const code = {
  ...{ percent: 37, dot: 46, slash: 47, zero: 48, one: 49, nine: 57, colon: 58, backslash: 92 },
  ...{ n: 110, r: 114, t: 116, v: 118 },
};
const WORD = 1;
const HEX = 2;
/** What may stand between the word "version" and its number. */
const BEFORE_VERSION = 4;
const kinds = new Uint8Array(256);
addKind(WORD, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
addKind(HEX, "0123456789ABCDEFabcdef");
addKind(BEFORE_VERSION, '" \t\n\v\f\r:=');

function addKind(kind: number, chars: string): void {
  for (const char of Buffer.from(chars)) kinds[char] = byteAt(kinds, char) | kind;
}

/** Four numbers with dots between them, and no fifth. */
export function findV4(bytes: Uint8Array, which: Which, most: number): Addresses {
  const found: number[] = [];
  const last = bytes.length - EDGE;
  let at = EDGE;
  while (at < last) {
    if (!isDigit(byteAt(bytes, at))) {
      at++;
      continue;
    }
    const start = at;
    let [dots, firstDot, secondDot, areOctets] = [0, 0, 0, true];
    for (let number = at, value = 0; ; at++) {
      const char = byteAt(bytes, at);
      if (isDigit(char)) {
        value = Math.min(1000, value * 10 + char - code.zero);
        continue;
      }
      // Where the first one begins is looked for below.
      if (dots > 0 && !isOctet(bytes, number, at, value)) areOctets = false;
      if (char !== code.dot || !isDigit(byteAt(bytes, at + 1))) break;
      if (++dots === 1) firstDot = at;
      if (dots === 2) secondDot = at;
      [number, value] = [at + 1, 0];
    }
    if (dots !== 3 || !areOctets) continue;
    const first = startOfV4(bytes, start, firstDot, at);
    if (first === -1) continue;
    if (which === "public" && isPrivateV4(numberAt(bytes, first, firstDot), numberAt(bytes, firstDot + 1, secondDot)))
      continue;
    found.push(first);
    if (found.length > 2 * most) break;
    found.push(at);
  }
  return found;
}

/** Hexadecimal digits and colons: no time, and no name, if some groups are left out, or if there are eight. */
export function findV6(bytes: Uint8Array, which: Which, most: number): Addresses {
  const found: number[] = [];
  const last = bytes.length - EDGE;
  for (let at = EDGE; at < last; at++) {
    if (byteAt(bytes, at) !== code.colon) continue;
    let start = at;
    while (is(HEX, byteAt(bytes, start - 1))) start--;
    let [colons, before, hasGap] = [0, 0, false];
    for (; ; at++) {
      const char = byteAt(bytes, at);
      if (char === code.colon) {
        colons++;
        if (before === code.colon) hasGap = true;
      } else if (!is(HEX, char)) break;
      before = char;
    }
    if (at - start < SHORTEST || at - start > LONGEST || (!hasGap && colons !== 7)) continue;
    const isOpen = before === code.colon && byteAt(bytes, at - 2) !== code.colon;
    if (isOpen || is(WORD, byteAt(bytes, at)) || !mayStartV6(bytes, start)) continue;
    if (which === "public" && isOwnV6(bytes, start, at)) continue;
    found.push(start);
    if (found.length > 2 * most) break;
    found.push(at);
  }
  return found;
}

/** The length of `::1`. */
const SHORTEST = 3;
/** A little more than eight groups of four digits. */
const LONGEST = 45;

/** Of four numbers: at most 255, without a zero before it. */
function isOctet(bytes: Uint8Array, start: number, end: number, value: number): boolean {
  return value <= 255 && end > start && (end === start + 1 || byteAt(bytes, start) !== code.zero);
}

function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + byteAt(bytes, at) - code.zero;
  return value;
}

/** Where an address begins, whose first number ends with the digits from `digits` to `dot`; -1 if it does not. */
function startOfV4(bytes: Uint8Array, digits: number, dot: number, end: number): number {
  const isWhole = !is(WORD, byteAt(bytes, end));
  const hasPort = byteAt(bytes, end) === code.colon && isDigit(byteAt(bytes, end + 1));
  for (let start = Math.max(digits, dot - 3); start < dot; start++) {
    if (!isOctet(bytes, start, dot, numberAt(bytes, start, dot))) continue;
    if (isWhole && mayStartV4(bytes, start) && !isVersion(bytes, start)) return start;
    if (hasPort && isBehindName(bytes, start)) return start;
  }
  return -1;
}

/**
 * Before it there is no letter, and no name with a slash as before a product's version. JSON and addresses of pages put
 * letters and digits before what follows a blank (`\n`, `%20`).
 */
function mayStartV4(bytes: Uint8Array, start: number): boolean {
  const before = byteAt(bytes, start - 1);
  if (!is(WORD, before)) return before !== code.dot && !isBehindName(bytes, start);
  return isBehindEscape(bytes, start) || isBehindPercent(bytes, start);
}

/** A name with a slash, and what is at `start`. */
function isBehindName(bytes: Uint8Array, start: number): boolean {
  return byteAt(bytes, start - 1) === code.slash && is(WORD, byteAt(bytes, start - 2));
}

function isBehindEscape(bytes: Uint8Array, start: number): boolean {
  const letter = byteAt(bytes, start - 1);
  return (letter === code.n || letter === code.r || letter === code.t) && byteAt(bytes, start - 2) === code.backslash;
}

function isBehindPercent(bytes: Uint8Array, start: number): boolean {
  if (byteAt(bytes, start - 3) !== code.percent) return false;
  return is(HEX, byteAt(bytes, start - 2)) && is(HEX, byteAt(bytes, start - 1));
}

/** Whether `v`, `ver` or `version` is before it. */
function isVersion(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (at > start - 6 && at > EDGE && is(BEFORE_VERSION, byteAt(bytes, at - 1))) at--;
  const last = byteAt(bytes, at - 1) | LOWER;
  return (
    last === code.v ||
    (last === code.r && endsWith(bytes, at, "ver")) ||
    (last === code.n && endsWith(bytes, at, "version"))
  );
}

/** Makes a letter of ASCII a small one. */
const LOWER = 32;

function endsWith(bytes: Uint8Array, end: number, word: string): boolean {
  const start = end - word.length;
  if (start < 0) return false;
  for (let i = 0; i < word.length; i++) if ((byteAt(bytes, start + i) | LOWER) !== word.charCodeAt(i)) return false;
  return true;
}

function mayStartV6(bytes: Uint8Array, start: number): boolean {
  const before = byteAt(bytes, start - 1);
  return is(WORD, before) ? isBehindEscape(bytes, start) : before !== code.dot;
}

/** Whether it is one of one's own machines. */
function isOwnV6(bytes: Uint8Array, start: number, end: number): boolean {
  if (byteAt(bytes, start) === code.colon) return end === start + SHORTEST && byteAt(bytes, start + 2) === code.one;
  let at = start;
  let group = 0;
  for (; at < start + 4 && byteAt(bytes, at) !== code.colon; at++) group = group * 16 + hexValue(byteAt(bytes, at));
  return byteAt(bytes, at) === code.colon && isPrivateV6(group);
}

/** Of a hexadecimal digit's code. */
export function hexValue(char: number): number {
  return (char & 15) + (char >> 6) * 9;
}

function is(kind: number, char: number): boolean {
  return (byteAt(kinds, char) & kind) !== 0;
}

function isDigit(char: number): boolean {
  return char >= code.zero && char <= code.nine;
}

/** Of an index that is known to be one. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}
