/** Hexadecimal digits in text that is read byte by byte. */

export const NO_DIGIT = -1;

const values = new Int8Array(0x100).fill(NO_DIGIT);
for (let value = 0; value < 16; value++)
  for (const digit of [value.toString(16), value.toString(16).toUpperCase()]) values[digit.charCodeAt(0)] = value;

/** What a digit means, by the code of its character; NO_DIGIT for any other character. */
export function hexValue(unit: number): number {
  return unit < values.length ? (values[unit] as number) : NO_DIGIT;
}
