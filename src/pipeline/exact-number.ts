/** Numbers of any size in JSON: what a double cannot hold is written digit by digit. */
import type { ExactNumber } from "../schemas/answer.ts";

declare global {
  interface JSON {
    // In Node since 22, in TypeScript's library not yet. https://github.com/tc39/proposal-json-parse-with-source
    rawJSON(text: string): object;
  }
}

/** What JSON.stringify writes as exactly this number. */
export function exactNumber(value: bigint): ExactNumber {
  const number = Number(value);
  // What rawJSON returns has the one property `rawJSON`, a string.
  return Number.isSafeInteger(number) ? number : (JSON.rawJSON(value.toString()) as { rawJSON: string });
}
