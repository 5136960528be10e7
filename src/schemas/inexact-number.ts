/**
 * Finds numbers in JSON text that a double cannot hold, without reading them: most are told by their digits, their
 * exponent and their length. Each costs a few looks at its characters, whatever it says.
 */

const code = {
  ...{ tab: 9, newline: 10, carriage: 13, space: 32, plus: 43, minus: 45, dot: 46 },
  ...{ zero: 48, nine: 57, colon: 58, lowerE: 101 },
};

/** A double holds every number of so few digits that is neither too large nor too small … */
const ALWAYS_HELD_DIGITS = 15;
/** … and is never written with more than so many. */
const MOST_DIGITS = 17;
/** With so many digits every exponent may be too much: 1e400 and 1e-400 have one. */
const LONG_EXPONENT_DIGITS = 3;
const LEAST_LONG_EXPONENT = 100;
/** The numbers with these powers of ten, and those in between, are finite, and are told apart by their digits. */
const [SMALLEST_POWER, LARGEST_POWER] = [-307, 307];
/** Beyond the first no double is finite, and below the second is none but 0. */
const [NONE_ABOVE, NONE_BELOW] = [308, -324];

/**
 * The index behind the characters that may be of the number which begins at `start`; negative if that number is so long
 * that only `kindOfNumber` can tell whether a double holds it.
 */
export function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  let exponent = end;
  // Whoever asks for a character behind the last one gets NaN, once, and everything slower from then on.
  for (; end < text.length; end++) {
    const char = text.charCodeAt(end);
    if (isDigit(char) || char === code.dot) continue;
    if ((char | LOWER) === code.lowerE) exponent = end + 1;
    else if (char !== code.plus && char !== code.minus) break;
  }
  if (end - start <= ALWAYS_HELD_DIGITS && (exponent === start + 1 || end - exponent < LONG_EXPONENT_DIGITS))
    return end;
  return -end;
}

/** Makes a letter of ASCII a small one. */
const LOWER = 32;

/**
 * What there is between two indexes. `inexact` is a number as JSON writes it, which stands where a value may, and whose
 * nearest double is written with other digits. `long` is one that a double holds, which only its nearest double tells.
 * `short` is anything else. If so wanted, a number with an exponent is inexact where it has more than 15 digits, or the
 * exponent more than two: to tell costs more than to keep their text.
 */
export type NumberKind = "short" | "long" | "inexact";

export function kindOfNumber(text: string, from: number, to: number, quickly = false): NumberKind {
  const start = text.charCodeAt(from) === code.minus ? from + 1 : from;
  // Zeros around the digits mean nothing, wherever the point is.
  let first = -1;
  let last = -1;
  let point = -1;
  let at = start;
  for (; at < to; at++) {
    const char = text.charCodeAt(at);
    if (char > code.zero && char <= code.nine) {
      if (first === -1) first = at;
      last = at;
    } else if (char === code.dot && point === -1) point = at;
    else if (char !== code.zero) break;
  }
  if (!isDecimal(text, start, point, at)) return "short";
  const exponent = at === to ? 0 : exponentOf(text, at, to);
  if (Number.isNaN(exponent) || isName(text, to)) return "short";
  if (quickly && Math.abs(exponent) >= LEAST_LONG_EXPONENT) return "inexact";
  if (first === -1) return "short";
  const digits = last - first + (first < point && point < last ? 0 : 1);
  if (digits > MOST_DIGITS) return "inexact";
  // As in scientific notation: the number is at least 1 and less than 10 times 10 to this power.
  const end = point === -1 ? at : point;
  const power = (first < end ? end - first - 1 : end - first) + exponent;
  if (power > NONE_ABOVE || power < NONE_BELOW) return "inexact";
  const isUsual = power >= SMALLEST_POWER && power <= LARGEST_POWER;
  if (isUsual && digits <= ALWAYS_HELD_DIGITS) return "short";
  if (at < to && quickly) return "inexact";
  // Without an exponent, and zeros behind a fraction, there is one way to write a number.
  const token = text.slice(from, point === -1 || at < to ? to : Math.max(last + 1, point));
  const written = String(Number(token));
  return written === token || ((at < to || written.includes("e")) && haveSameDigits(written, token))
    ? "long"
    : "inexact";
}

/** https://www.rfc-editor.org/rfc/rfc8259#section-6, for digits with at most one point among them. */
function isDecimal(text: string, start: number, point: number, end: number): boolean {
  if (start === end || point === start || point === end - 1) return false;
  return text.charCodeAt(start) !== code.zero || end === start + 1 || point === start + 1;
}

/** Far beyond every number. */
const FAR_BEYOND = 10_000_000;

/** From its letter on; NaN if it is none. */
function exponentOf(text: string, from: number, to: number): number {
  const sign = text.charCodeAt(from + 1);
  const start = sign === code.plus || sign === code.minus ? from + 2 : from + 1;
  if ((text.charCodeAt(from) | LOWER) !== code.lowerE || start === to) return Number.NaN;
  let value = 0;
  for (let at = start; at < to; at++) {
    const char = text.charCodeAt(at);
    if (!isDigit(char)) return Number.NaN;
    value = Math.min(FAR_BEYOND, value * 10 + char - code.zero);
  }
  return sign === code.minus ? -value : value;
}

/** Whether two numbers have the same digits, without their points and the zeros before and behind. */
function haveSameDigits(a: string, b: string): boolean {
  let [i, j] = [nextDigit(a, 0, true), nextDigit(b, 0, true)];
  while (i !== -1 && j !== -1) {
    if (a.charCodeAt(i) !== b.charCodeAt(j)) return false;
    [i, j] = [nextDigit(a, i + 1), nextDigit(b, j + 1)];
  }
  return (i === -1 || nextDigit(a, i, true) === -1) && (j === -1 || nextDigit(b, j, true) === -1);
}

/** The index of the next digit of a number's decimal, of the next that is no zero if so wanted; -1 if there is none. */
function nextDigit(number: string, from: number, noZero = false): number {
  for (let at = from; at < number.length; at++) {
    const char = number.charCodeAt(at);
    if ((char | LOWER) === code.lowerE) return -1;
    if (isDigit(char) && !(noZero && char === code.zero)) return at;
  }
  return -1;
}

/** The name of a field is followed by a colon. */
function isName(text: string, to: number): boolean {
  let at = to;
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at < text.length && text.charCodeAt(at) === code.colon;
}

function isSpace(char: number): boolean {
  return char === code.space || char === code.newline || char === code.carriage || char === code.tab;
}

function isDigit(char: number): boolean {
  return char >= code.zero && char <= code.nine;
}
