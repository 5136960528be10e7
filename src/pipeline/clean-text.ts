/**
 * Text as it may be stored, and JSON as it may be shown. Parquet, DynamoDB and JSON parsers disagree about half of a surrogate pair and about NUL, so the
 * first becomes U+FFFD and the second goes.
 */

/** The text without what cannot be stored, at most `length` UTF-16 units of it, never cut inside a character. */
export function cleanText(text: string, length = Number.POSITIVE_INFINITY): string {
  const cut = text.length > length ? cutText(text, length) : text;
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
}

/** The same for text that is JSON, where such characters stand as escapes. */
export function cleanJson(json: string): string {
  if (!json.includes("\\u")) return json;
  // Escapes are read one by one, so that `\\ud800`, a backslash and five letters, stays. Pairs are never escaped by JSON.stringify.
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (whole, code) =>
    code === undefined ? whole : code === "0000" ? "" : /^d[89a-f]/.test(code) ? "\ufffd" : whole,
  );
}

/**
 * JSON text on its way to somebody's eyes. JSON escapes the control characters below a space, but not those others that a terminal
 * obeys (C1), nor those that turn the direction of what follows: they become `\uXXXX`, which means the same. https://trojansource.codes
 */
export function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function cutText(text: string, length: number): string {
  const isInsidePair = (text.charCodeAt(length - 1) & 0xfc00) === 0xd800;
  return text.slice(0, isInsidePair ? length - 1 : length);
}
