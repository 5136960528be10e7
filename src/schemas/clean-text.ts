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

/** The same for JSON text, in which such characters are escaped. JSON.stringify never escapes whole pairs. */
export function cleanJson(json: string): string {
  if (!mayBeUnclean.test(json)) return json;
  const whole = mayBeHalf.test(json) ? json.replace(halfEscape, "\ufffd") : json;
  return mayBeNul.test(whole) ? whole.replace(nulEscape, "") : whole;
}

/** What looks like one may be the end of two backslashes: `\\ud800` is a backslash and five letters. */
const mayBeUnclean = /\\u(?:0000|d[89a-f])/;
const mayBeHalf = /\\ud[89a-f]/;
const mayBeNul = /\\u0000/;
const nulEscape = /\\u0000(?<=(?<!\\)(?:\\\\)*\\u0000)/g;
const halfEscape = /\\ud[89a-f][0-9a-f]{2}(?<=(?<!\\)(?:\\\\)*\\u[0-9a-f]{4})/g;

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
