/** Integers of any size: a number while it is exact, a bigint above 2^53. */

export type Whole = number | bigint;

/** The exact sum. */
export function add(a: Whole, b: Whole): Whole {
  return isFraction(a) || isFraction(b) ? Number(a) + Number(b) : shrink(BigInt(a) + BigInt(b));
}

/** The exact difference `a - b`. */
export function subtract(a: Whole, b: Whole): Whole {
  return isFraction(a) || isFraction(b) ? Number(a) - Number(b) : shrink(BigInt(a) - BigInt(b));
}

/** Parses JSON without rounding integers: one above 2^53 becomes a bigint. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, toExact);
}

// The third argument contains the number as it was written. The types do not know it yet, nor do browsers before 2025,
// where the number stays rounded. https://developer.mozilla.org/docs/Web/JavaScript/Reference/Global_Objects/JSON/parse
function toExact(this: unknown, _key: string, value: unknown, ...rest: { source?: string }[]): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = rest[0]?.source ?? "";
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}

/** The value of a ratio; it is not exact. */
function isFraction(value: Whole): boolean {
  return typeof value === "number" && !Number.isInteger(value);
}

function shrink(value: bigint): Whole {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
