/**
 * Escapes in JSON as it came, read and replaced in its UTF-16 units: to look at a unit there takes half as long as in
 * the text.
 */
import { hexValue } from "./hex-digit.ts";

/** Of one that names a unit: `\ud83d`. */
export const ESCAPE_LENGTH = 6;

export function unitsOf(json: string): Uint16Array {
  const bytes = Buffer.from(json, "utf16le");
  return new Uint16Array(bytes.buffer, bytes.byteOffset, json.length);
}

export function textOf(units: Uint16Array): string {
  return Buffer.from(units.buffer, units.byteOffset, units.byteLength).toString("utf16le");
}

const BACKSLASH = 92;
const U = 117;
const ZERO = 48;
const [NONE, HIGH, LOW] = [0, 1, 2];

/** Whether at `at` there is the escape of a half of a surrogate pair (1), those of both halves (2), or neither (0). */
export function halvesAt(units: Uint16Array, at: number): 0 | 1 | 2 {
  const kind = surrogateAt(units, at);
  if (kind === NONE) return 0;
  return kind === HIGH && surrogateAt(units, at + ESCAPE_LENGTH) === LOW ? 2 : 1;
}

/** Whether at `at` there is the escape of NUL. */
export function isNulAt(units: Uint16Array, at: number): boolean {
  for (let i = 2; i < ESCAPE_LENGTH; i++) if (units[at + i] !== ZERO) return false;
  return true;
}

/** Makes the escape at `at` that of U+FFFD, which is the replacement of what is no character. */
export function replaceEscape(units: Uint16Array, at: number): void {
  // One by one: set() takes longer for six of them.
  for (let i = 2; i < ESCAPE_LENGTH; i++) units[at + i] = replacement[i] as number;
}

const replacement = unitsOf("\\ufffd");

/** Which half of a pair the escape at `at` is, if it is one: the escape of D800 to DBFF, or of DC00 to DFFF. */
function surrogateAt(units: Uint16Array, at: number): number {
  if (at + ESCAPE_LENGTH > units.length || units[at] !== BACKSLASH || units[at + 1] !== U) return NONE;
  const second = hexValue(units[at + 3] as number);
  if (hexValue(units[at + 2] as number) !== 0xd || second < 8) return NONE;
  if ((hexValue(units[at + 4] as number) | hexValue(units[at + 5] as number)) < 0) return NONE;
  return second < 0xc ? HIGH : LOW;
}
