/** Hexadecimal digits in text that is read byte by byte. */

const values = new Int8Array(0x100).fill(-1);
for (let value = 0; value < 16; value++)
  for (const digit of [value.toString(16), value.toString(16).toUpperCase()]) values[digit.charCodeAt(0)] = value;

/** What a digit means, by the code of its character; -1 for any other character. */
export function hexValue(unit: number): number {
  return unit < values.length ? (values[unit] as number) : -1;
}
