/**
 * Text that is safe to store, and JSON that is safe to show. Parquet, DynamoDB and JSON parsers disagree about halves
 * of surrogate pairs and about NUL, so the former become U+FFFD and the latter are removed.
 */

/** The text without what cannot be stored, at most `length` UTF-16 units of it, never cut inside a character. */
export function cleanText(text: string, length = Number.POSITIVE_INFINITY): string {
  const cut = cutText(text, length);
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
}

/** The same for JSON text, in which such characters are escaped. */
export function cleanJson(json: string): string {
  if (!uncleanEscape.test(json)) return json;
  let clean = "";
  let from = 0;
  // Escapes are read one by one, so that `\\ud800`, a backslash and five letters, stays. JSON.stringify never escapes
  // whole pairs.
  for (let at = 0; at < json.length; at++) {
    if (json.charCodeAt(at) !== BACKSLASH) continue;
    const instead = json[at + 1] === "u" ? replacement(json, at + 2) : undefined;
    if (instead !== undefined) {
      clean += json.slice(from, at) + instead;
      from = at + 6;
    }
    at += instead === undefined ? 1 : 5;
  }
  return clean + json.slice(from);
}

const BACKSLASH = 92;
/** It may be one, or the end of two backslashes. */
const uncleanEscape = /\\u(?:0000|d[89a-f])/;

/**
 * The replacement for the character whose four digits start at `at`, if that cannot be stored. JSON.stringify writes
 * the digits in lower case.
 */
function replacement(json: string, at: number): string | undefined {
  if (json.startsWith("0000", at)) return "";
  return json[at] === "d" && "89abcdef".includes(json.charAt(at + 1)) ? "\ufffd" : undefined;
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
