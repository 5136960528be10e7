/**
 * What one request may hold of that which takes longer than the rest of its bytes. Whoever sends half of the events comes
 * through, and one event alone has no room for so many: nobody loses an event by these limits.
 */
import { HttpError } from "../../errors.ts";

/**
 * Fields, items of lists, and what they are in: sixty for each of as many events as may come. A list of `0.1` has
 * 250,000 in 1 MB.
 */
export const MAX_VALUES = 30_000;
/** Numbers with more digits than any double holds, each of which takes a closer look. */
export const MAX_LONG_NUMBERS = 10_000;
/** IP addresses in texts that are kept without them, and what almost is one, such as a version. */
export const MAX_CUTS = 12_000;

/** The error (413) for a request that holds more; `most` is a number, and of what. */
export function tooMany(most: string): HttpError {
  return new HttpError(
    "too_many_values",
    `Cannot accept more than ${most} in one request: send fewer events at a time`,
  );
}
