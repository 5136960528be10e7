/**
 * Finds numbers in JSON text that a double cannot hold, without reading them: most are told by their digits, their
 * exponent and their length. Each costs a few looks at its characters, whatever it says.
 */

const code = {
  ...{ tab: 9, newline: 10, carriage: 13, space: 32, plus: 43, comma: 44, minus: 45, dot: 46 },
  ...{ zero: 48, nine: 57, colon: 58, upperE: 69, closeList: 93, lowerE: 101, close: 125 },
};

/** The index behind the characters that may be of the number which begins at `start`. */
export function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isOfNumber(text.charCodeAt(end))) end++;
  return end;
}

/** The length of 1e400. */
const SHORTEST_INEXACT = 5;

/**
 * Whether this is a number as JSON writes it, stands where a value may, and is one whose nearest double is written with
 * other digits. If so wanted, every number below 1e-307 counts as one: to tell costs more than to keep its text.
 */
export function isInexact(text: string, from: number, to: number, withTiny = false): boolean {
  if (to - from < SHORTEST_INEXACT || (to - from <= ALWAYS_HELD_DIGITS && !hasLongExponent(text, from, to)))
    return false;
  return isHeldOtherwise(text, from, to, withTiny) && isValue(text, from, to);
}

/** Whether the exponent, if there is any, has three digits or more. */
function hasLongExponent(text: string, from: number, to: number): boolean {
  for (let at = to - 4; at > from; at--) if ((text.charCodeAt(at) | LOWER) === code.lowerE) return true;
  return false;
}

/** Makes a letter of ASCII a small one. */
const LOWER = 32;

/** A double holds every number of so few digits that is neither too large nor too small … */
const ALWAYS_HELD_DIGITS = 15;
/** … and is never written with more than so many. */
const MOST_DIGITS = 17;
/** The largest double, as far as so few digits can tell, begins with this. */
const LARGEST = 1.797693134862315;
/** Beyond the first no double is finite; below the second, those are few that are not 0. */
const [LARGEST_EXPONENT, SMALLEST_EXPONENT, NONE_BELOW] = [308, -307, -324];

function isHeldOtherwise(text: string, from: number, to: number, withTiny: boolean): boolean {
  const start = text.charCodeAt(from) === code.minus ? from + 1 : from;
  let [digits, zeros, at, point, first, value] = [0, 0, start, -1, -1, 0];
  for (; at < to; at++) {
    const char = text.charCodeAt(at);
    if (char === code.zero) zeros++;
    else if (char > code.zero && char <= code.nine) {
      // Zeros before the first digit mean nothing, and those behind the last one are never reached.
      if (first === -1) first = at;
      const more = digits === 0 ? 1 : zeros + 1;
      digits += more;
      value = value * (more === 1 ? 10 : 10 ** more) + char - code.zero;
      zeros = 0;
    } else if (char === code.dot) point = at;
    else break;
  }
  if (digits > MOST_DIGITS) return true;
  if (digits === 0) return false;
  // As in scientific notation: the number is at least 1 and less than 10 times 10 to this power.
  const end = point === -1 ? at : point;
  const power = (first < end ? end - first - 1 : end - first) + (at === to ? 0 : exponentOf(text, at + 1, to));
  if (power > LARGEST_EXPONENT || power < NONE_BELOW) return true;
  if (power < SMALLEST_EXPONENT && withTiny) return true;
  if (digits > ALWAYS_HELD_DIGITS || power < SMALLEST_EXPONENT)
    return isWrittenOtherwise(text.slice(from, to), at < to);
  return power === LARGEST_EXPONENT && value > LARGEST * 10 ** (digits - 1);
}

const FAR_BEYOND = 10_000_000;

function exponentOf(text: string, from: number, to: number): number {
  const isNegative = text.charCodeAt(from) === code.minus;
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - code.zero;
    if (digit >= 0 && digit <= 9) value = Math.min(FAR_BEYOND, value * 10 + digit);
  }
  return isNegative ? -value : value;
}

function isWrittenOtherwise(token: string, hasExponent: boolean): boolean {
  const written = String(Number(token));
  if (written === token) return false;
  // Without exponents and zeros behind there is one way to write a number.
  return (!hasExponent && !token.endsWith("0") && !written.includes("e")) || !haveSameDigits(written, token);
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
    if (char === code.lowerE || char === code.upperE) return -1;
    if (isDigit(char) && !(noZero && char === code.zero)) return at;
  }
  return -1;
}

/** https://www.rfc-editor.org/rfc/rfc8259#section-6, without the name of a field, which is followed by a colon. */
function isValue(text: string, from: number, to: number): boolean {
  const start = text.charCodeAt(from) === code.minus ? from + 1 : from;
  let at = endOfDigits(text, start);
  if (at === start || (text.charCodeAt(start) === code.zero && at > start + 1)) return false;
  if (text.charCodeAt(at) === code.dot) {
    const fraction = at + 1;
    at = endOfDigits(text, fraction);
    if (at === fraction) return false;
  }
  if (at < to) {
    if ((text.charCodeAt(at) | LOWER) !== code.lowerE) return false;
    const sign = text.charCodeAt(at + 1);
    const exponent = sign === code.plus || sign === code.minus ? at + 2 : at + 1;
    at = endOfDigits(text, exponent);
    if (at === exponent) return false;
  }
  return at === to && !isName(text, to);
}

function isName(text: string, to: number): boolean {
  let at = to;
  while (isSpace(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === code.colon;
}

function endOfDigits(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

function isSpace(char: number): boolean {
  return char === code.space || char === code.newline || char === code.carriage || char === code.tab;
}

function isDigit(char: number): boolean {
  return char >= code.zero && char <= code.nine;
}

function isOfNumber(char: number): boolean {
  if (isDigit(char) || char === code.dot || char === code.lowerE || char === code.upperE) return true;
  return char === code.plus || char === code.minus;
}
