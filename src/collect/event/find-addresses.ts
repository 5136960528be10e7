/**
 * Finds the IP addresses in a text, in one walk for each kind. A text of 1 MB may be nothing but addresses, or nothing
 * but what almost is one, so no character is looked at more than a few times, whatever the text says: a pattern looks
 * before and behind each digit. test/collect/event/cut-addresses.test.ts has the patterns.
 */
import { hexValue } from "../../schemas/hex-digit.ts";
import { isPrivateV4, isPrivateV6 } from "../../sources/client-address.ts";

/**
 * Of each address the index of its first character and the index behind its last, and how many `looks` it took to find
 * them: one for each address, and for what almost is one. After one look more than was asked for, the index of what was
 * looked at then is the last, and nothing behind it is listed.
 */
export type Addresses = { indexes: readonly number[]; looks: number };
export type Which = "all" | "public";

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
  for (const char of Buffer.from(chars)) kinds[char] = (kinds[char] ?? 0) | kind;
}

/** Four numbers with dots between them, and no fifth. */
export function findV4(text: string, which: Which, most: number): Addresses {
  const found: number[] = [];
  let looks = 0;
  for (let at = next(text, ".", 0); at < text.length; at = next(text, ".", at + 1)) {
    if (at === 0 || !isDigit(text.charCodeAt(at - 1)) || !isDigit(codeAt(text, at + 1))) continue;
    let digits = at;
    while (digits > 0 && isDigit(text.charCodeAt(digits - 1))) digits--;
    let end = at;
    let numbers = 1;
    let second = 0;
    let areOctets = true;
    while (codeAt(text, end) === code.dot) {
      let next = end + 1;
      let value = 0;
      for (; next < text.length && isDigit(text.charCodeAt(next)); next++)
        value = value * 10 + text.charCodeAt(next) - code.zero;
      if (next === end + 1) break;
      if (++numbers === 2) second = value;
      if (!isOctet(text, end + 1, next, value)) areOctets = false;
      end = next;
    }
    if (numbers === 4 && ++looks > most) {
      found.push(digits);
      break;
    }
    const start = numbers === 4 && areOctets ? startOfV4(text, digits, at, end) : -1;
    if (start !== -1 && !(which === "public" && isPrivateV4(numberAt(text, start, at), second))) found.push(start, end);
    at = Math.max(at, end - 1);
  }
  return { indexes: found, looks };
}

/** The index of the next such character; the text's length if there is none. To call indexOf takes as long as a look at ten. */
function next(text: string, char: "." | ":", from: number): number {
  const wanted = char === "." ? code.dot : code.colon;
  const near = Math.min(from + NEAR, text.length);
  for (let at = from; at < near; at++) if (text.charCodeAt(at) === wanted) return at;
  const far = near < text.length ? text.indexOf(char, near) : -1;
  return far === -1 ? text.length : far;
}

const NEAR = 16;

/** Of four numbers: at most 255, without a zero before it. */
function isOctet(text: string, start: number, end: number, value: number): boolean {
  return value <= 255 && (end === start + 1 || codeAt(text, start) !== code.zero);
}

function numberAt(text: string, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + codeAt(text, at) - code.zero;
  return value;
}

/**
 * Where an address begins, whose first number is among the digits from `digits` to `dot`; -1 if it does not. An address
 * of a page puts hexadecimal digits before what follows a blank (`%20`).
 */
function startOfV4(text: string, digits: number, dot: number, end: number): number {
  const isWhole = !is(WORD, codeAt(text, end));
  if (isFirst(text, digits, dot)) {
    const hasPort = codeAt(text, end) === code.colon && isDigit(codeAt(text, end + 1));
    if (hasPort && isBehindName(text, digits)) return digits;
    if (isWhole && mayStartV4(text, digits) && !isVersion(text, digits)) return digits;
  }
  for (let start = digits + 1; isWhole && start < Math.min(digits + 3, dot); start++)
    if (isBehindPercent(text, start) && isFirst(text, start, dot)) return start;
  return -1;
}

function isFirst(text: string, start: number, dot: number): boolean {
  return start < dot && start >= dot - 3 && isOctet(text, start, dot, numberAt(text, start, dot));
}

/** Before it there is no letter, and no name with a slash as before a product's version, unless there is a port. */
function mayStartV4(text: string, start: number): boolean {
  const before = codeAt(text, start - 1);
  if (!is(WORD, before)) return before !== code.dot && !isBehindName(text, start);
  return isBehindEscape(text, start) || isBehindPercent(text, start);
}

/** A name with a slash, and what is at `start`. */
function isBehindName(text: string, start: number): boolean {
  return codeAt(text, start - 1) === code.slash && is(WORD, codeAt(text, start - 2));
}

function isBehindPercent(text: string, start: number): boolean {
  if (codeAt(text, start - 3) !== code.percent) return false;
  return is(HEX, codeAt(text, start - 2)) && is(HEX, codeAt(text, start - 1));
}

/** Whether `v`, `ver` or `version` is before it. */
function isVersion(text: string, start: number): boolean {
  let at = start;
  while (at > start - 6 && is(BEFORE_VERSION, codeAt(text, at - 1))) at--;
  const last = codeAt(text, at - 1) | LOWER;
  if (last === code.v) return true;
  return (last === code.r && endsWith(text, at, "ver")) || (last === code.n && endsWith(text, at, "version"));
}

/** Makes a letter of ASCII a small one. */
const LOWER = 32;

function endsWith(text: string, end: number, word: string): boolean {
  const start = end - word.length;
  for (let i = 0; i < word.length; i++) if ((codeAt(text, start + i) | LOWER) !== word.charCodeAt(i)) return false;
  return true;
}

/** Hexadecimal digits and colons: no time, and no name, if some groups are left out, or if there are eight. */
export function findV6(text: string, which: Which, most: number): Addresses {
  const found: number[] = [];
  let looks = 0;
  for (let at = next(text, ":", 0); at < text.length; at = next(text, ":", at + 1)) {
    const follows = codeAt(text, at + 1);
    if (follows !== code.colon && !is(HEX, follows)) continue;
    let start = at;
    while (start > 0 && is(HEX, text.charCodeAt(start - 1))) start--;
    let colons = 0;
    let before = 0;
    let hasGap = false;
    for (; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === code.colon) {
        colons++;
        if (before === code.colon) hasGap = true;
      } else if (!is(HEX, char)) break;
      before = char;
    }
    if (at - start < SHORTEST || at - start > LONGEST || (!hasGap && colons !== 7)) continue;
    if (++looks > most) {
      found.push(start);
      break;
    }
    const isOpen = before === code.colon && codeAt(text, at - 2) !== code.colon;
    if (isOpen || is(WORD, codeAt(text, at)) || !mayStartV6(text, start)) continue;
    if (which === "public" && isOwnV6(text, start, at)) continue;
    found.push(start, at);
  }
  return { indexes: found, looks };
}

/** The length of `::1`. */
const SHORTEST = 3;
/** A little more than eight groups of four digits. */
const LONGEST = 45;

/** JSON puts a letter before what follows a line break. */
function isBehindEscape(text: string, start: number): boolean {
  const letter = codeAt(text, start - 1);
  return (letter === code.n || letter === code.r || letter === code.t) && codeAt(text, start - 2) === code.backslash;
}

function mayStartV6(text: string, start: number): boolean {
  const before = codeAt(text, start - 1);
  return is(WORD, before) ? isBehindEscape(text, start) : before !== code.dot;
}

/** Whether it is one of one's own machines. */
function isOwnV6(text: string, start: number, end: number): boolean {
  if (codeAt(text, start) === code.colon) return end === start + SHORTEST && codeAt(text, start + 2) === code.one;
  let at = start;
  let group = 0;
  for (; at < start + 4 && codeAt(text, at) !== code.colon; at++) group = group * 16 + hexValue(codeAt(text, at));
  return codeAt(text, at) === code.colon && isPrivateV6(group);
}

function is(kind: number, char: number): boolean {
  return char < kinds.length && ((kinds[char] as number) & kind) !== 0;
}

function isDigit(char: number): boolean {
  return char >= code.zero && char <= code.nine;
}

/** 0 where there is no character: NaN, which charCodeAt gives, makes all that follows slower. */
function codeAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : 0;
}
