/** Numbers of any size in JSON: a number that does not fit a double is written digit by digit. */
import type { ExactNumber } from "../schemas/api/answer.ts";

/** A value that JSON.stringify writes as exactly this number. */
export function exactNumber(value: bigint): ExactNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString());
}
