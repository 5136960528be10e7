/** Numbers of any size in JSON: what a double cannot hold is written digit by digit. */
import type { ExactNumber } from "../schemas/api/answer.ts";

/** What JSON.stringify writes as exactly this number. */
export function exactNumber(value: bigint): ExactNumber {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : JSON.rawJSON(value.toString());
}
