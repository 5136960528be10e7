/**
 * Percent-encoded bytes, in text of nothing but ASCII, as a parsed URL has it. Each function walks once and reads at
 * most 4,096 characters: replace() with a function, and URLSearchParams, take ten times as long for a text
 * of nothing but codes. https://url.spec.whatwg.org/#percent-encoded-bytes
 */
import { hexValue } from "./hex-digit.ts";

const MAX_CODED_LENGTH = 4096;

/**
 * Of the many ways to write a text, one: a letter that needs no code has none, and codes are in upper case. Of a long
 * one, the first `most` characters or up to two more.
 * https://www.rfc-editor.org/rfc/rfc3986#section-6.2.2
 */
export function withNormalCodes(text: string, most: number): string {
  if (!text.includes("%")) return text.slice(0, most);
  return room.toString("latin1", 0, decoded(text, most, false));
}

/**
 * What a value of a query means: `+` is a space, and bytes that are no UTF-8 are U+FFFD. Of a long one, what its first
 * `most` bytes mean.
 */
export function decodeFormValue(text: string, most: number): string {
  return room.toString("utf8", 0, decoded(text, most, true));
}

export const PERCENT = 0x25;
export const NO_CODE = -1;
/** With zeros behind the text, which are no digits. */
const room = Buffer.alloc(MAX_CODED_LENGTH + 2);
/** What each byte is without a code: 0 if it keeps it. */
const unreserved = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
  unreserved[char.charCodeAt(0)] = 1;

/** Decodes at most `most` bytes into `room`: all codes, or those of letters that need none. How many bytes are there. */
function decoded(text: string, most: number, all: boolean): number {
  const end = room.write(text, 0, MAX_CODED_LENGTH, "latin1");
  room[end] = 0;
  room[end + 1] = 0;
  let length = 0;
  for (let at = 0; at < end && length < most; at++) {
    const unit = room[at] as number;
    const byte = unit === PERCENT ? byteOf(room[at + 1] as number, room[at + 2] as number) : NO_CODE;
    if (byte === NO_CODE) room[length++] = all && unit === PLUS ? SPACE : unit;
    else {
      if (all || unreserved[byte] === 1) room[length++] = byte;
      else {
        room[length++] = PERCENT;
        room[length++] = upper[byte >> 4] as number;
        room[length++] = upper[byte & 15] as number;
      }
      at += 2;
    }
  }
  return length;
}

/** The digits as they are written. */
const upper = Buffer.from("0123456789ABCDEF");
const PLUS = 0x2b;
const SPACE = 0x20;

/** The byte whose code is `%` and the characters with these codes; NO_CODE unless both are hexadecimal digits. */
export function byteOf(high: number, low: number): number {
  const byte = (hexValue(high) << 4) | hexValue(low);
  return byte < 0 ? NO_CODE : byte;
}
