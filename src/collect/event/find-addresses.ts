/**
 * Finds the IP addresses in a text, in one walk for each kind. A text of 1 MB may be nothing but addresses, or nothing
 * but what almost is one, so no character is looked at more than a few times, whatever the text says.
 */
import { isPrivateV6, privateV4Starts } from "../../sources/client-address.ts";

/**
 * The index of an address's first character, the index behind its last, and so on. Of the first that is more than were
 * asked for only the former is listed, and none behind it.
 */
export type Addresses = readonly number[];
export type Which = "all" | "public";

const code = { dot: 46, one: 49, colon: 58, backslash: 92, n: 110, r: 114, t: 116 };
const WORD = 1;
const HEX = 2;
const kinds = new Uint8Array(256);
addKind(WORD, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz");
addKind(HEX, "0123456789ABCDEFabcdef");

function addKind(kind: number, chars: string): void {
  for (const char of Buffer.from(chars)) kinds[char] = (kinds[char] ?? 0) | kind;
}

const octet = /(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)/.source;
/** JSON and addresses of pages put letters and digits before what follows a blank. */
const afterEscape = { json: /(?<=\\[nrt])/.source, url: /(?<=%[0-9a-f]{2})/.source };

/** Before it there is no letter, no version, and no name with a slash as before a product's version unless with a port. */
function v4But(others: string): RegExp {
  const address = `${others}${octet}(?:\\.${octet}){3}`;
  const start = `(?:(?<![\\w.])(?<!\\w/)|${afterEscape.json}|${afterEscape.url})`;
  const noVersion = /(?<!v(?:er(?:sion)?)?["\s:=]{0,6})/.source;
  return new RegExp(`(?=\\d)(?:${start}${noVersion}${address}(?!\\w|\\.\\d)|(?<=\\w/)${address}(?=:\\d))`, "gi");
}

const v4 = { all: v4But(""), public: v4But(`(?!${privateV4Starts})`) };

/** Four numbers with dots between them, and no fifth: as a pattern, which at any character gives up after a few more. */
export function findV4(text: string, which: Which, most: number): Addresses {
  const found: number[] = [];
  const pattern = v4[which];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    found.push(match.index);
    if (found.length > 2 * most) break;
    found.push(pattern.lastIndex);
  }
  return found;
}

/**
 * Hexadecimal digits and colons: no time, and no name, if some groups are left out, or if there are eight. A pattern
 * takes three times as long to tell that from a time.
 */
export function findV6(text: string, which: Which, most: number): Addresses {
  const found: number[] = [];
  for (let at = 0; at < text.length; at++) {
    if (text.charCodeAt(at) !== code.colon) continue;
    let start = at;
    while (start > 0 && is(HEX, text.charCodeAt(start - 1))) start--;
    let [colons, before, hasGap] = [0, 0, false];
    for (; at < text.length; at++) {
      const char = text.charCodeAt(at);
      if (char === code.colon) {
        colons++;
        if (before === code.colon) hasGap = true;
      } else if (!is(HEX, char)) break;
      before = char;
    }
    if (at - start < SHORTEST || at - start > LONGEST || (!hasGap && colons !== 7)) continue;
    const isOpen = before === code.colon && codeAt(text, at - 2) !== code.colon;
    if (isOpen || is(WORD, codeAt(text, at)) || !mayStartV6(text, start)) continue;
    if (which === "public" && isOwnV6(text, start, at)) continue;
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

/** Of a hexadecimal digit's code. */
export function hexValue(char: number): number {
  return (char & 15) + (char >> 6) * 9;
}

function is(kind: number, char: number): boolean {
  return char < kinds.length && ((kinds[char] as number) & kind) !== 0;
}

/** 0 where there is no character: NaN, which charCodeAt gives, makes all that follows slower. */
function codeAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : 0;
}
