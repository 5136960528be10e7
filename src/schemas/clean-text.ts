/**
 * Text that is safe to store, and JSON that is safe to show. Parquet, DynamoDB and JSON parsers disagree about halves
 * of surrogate pairs and about NUL, so the former become U+FFFD and the latter are removed.
 */
import { hexValue } from "./hex-digit.ts";

/** The text without what cannot be stored, at most `length` UTF-16 units of it, never cut inside a character. */
export function cleanText(text: string, length = Number.POSITIVE_INFINITY): string {
  const cut = cutText(text, length);
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
}

/** The same for JSON text, in which such characters are escaped. JSON.stringify never escapes whole pairs. */
export function cleanJson(json: string): string {
  if (!mayBeUnclean.test(json)) return json;
  const whole = mayBeHalf.test(json) ? json.replace(halfEscape, "\ufffd") : json;
  return mayBeNul.test(whole) ? whole.replace(nulEscape, "") : whole;
}

/** What looks like one may be the end of two backslashes: `\\ud800` is a backslash and five letters. */
const mayBeUnclean = /\\u(?:0000|d[89a-f])/;
const mayBeNul = /\\u0000/;
const nulEscape = /\\u0000(?<=(?<!\\)(?:\\\\)*\\u0000)/g;
const halfEscape = /\\ud[89a-f][0-9a-f]{2}(?<=(?<!\\)(?:\\\\)*\\u[0-9a-f]{4})/g;

/**
 * JSON as it came, of the same length, in which no half of a surrogate pair is escaped: JSON.stringify takes ten times as
 * long for one as for any other character.
 */
export function withoutHalves(json: string): string {
  if (!mayBeHalf.test(json)) return json;
  // As V8 has the text in memory, so that nothing is encoded.
  const encoding = isLatin1.test(json) ? "latin1" : "utf16le";
  const bytes = Buffer.from(json, encoding);
  const units = encoding === "latin1" ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, json.length);
  const end = units.length - LENGTH;
  for (let at = 0; at <= end; at++) {
    if (units[at] !== BACKSLASH) continue;
    const kind = surrogateAt(units, at);
    if (kind === NONE) at++;
    else if (kind === HIGH && at + LENGTH <= end && surrogateAt(units, at + LENGTH) === LOW) at += 2 * LENGTH - 1;
    else {
      for (let i = 2; i < LENGTH; i++) units[at + i] = replacement[i] as number;
      at += LENGTH - 1;
    }
  }
  return bytes.toString(encoding);
}

const isLatin1 = /^[\0-\xff]*$/;
const mayBeHalf = /\\u[dD][89a-fA-F]/;
const replacement = Buffer.from("\\ufffd");
/** Of an escape. */
const LENGTH = 6;
const BACKSLASH = 92;
const U = 117;
const [NONE, HIGH, LOW] = [0, 1, 2];

/** Which half of a pair the six characters at `at` are, if they are any: the escape of D800 to DBFF, or of DC00 to DFFF. */
function surrogateAt(units: Uint8Array | Uint16Array, at: number): number {
  if (units[at] !== BACKSLASH || units[at + 1] !== U) return NONE;
  const second = hexValue(units[at + 3] as number);
  if (hexValue(units[at + 2] as number) !== 0xd || second < 8) return NONE;
  if ((hexValue(units[at + 4] as number) | hexValue(units[at + 5] as number)) < 0) return NONE;
  return second < 0xc ? HIGH : LOW;
}

/**
 * JSON text for people to read. JSON escapes the control characters below a space, but not the others that a terminal
 * obeys (C1), nor those that change the direction of the text: these become `\uXXXX`, which means the same.
 * https://trojansource.codes
 */
export function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** At most `length` UTF-16 units of a text, never cut inside a character. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const isInsidePair = (text.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isInsidePair ? length - 1 : length);
}
