/**
 * How the values of a breakdown are written as one text, in the same way in blocks, rollups and SQL: `%`, `#` and `+`
 * in each value are escaped, and the values are joined by `+`. A missing value is the empty text, so that the groups of
 * a breakdown always add up to its total. `src/athena-queries/key-sql.ts` writes and reads the same form in SQL.
 */

/**
 * The version of this form. Blocks have it in their first byte and cached answers in their name; for rollups it is the
 * name of the column, `keys`. A new form has to change all three, and the old one stays readable as long as its data is
 * stored.
 */
export const KEY_VERSION = 1;

const escapes: Record<string, string> = { "%": "%25", "#": "%23", "+": "%2B" };

/** One value as it is written in a key. */
export function escapeValue(value: string): string {
  return /[%#+]/.test(value) ? value.replace(/[%#+]/g, (c) => escapes[c] ?? c) : value;
}

/** The key of a breakdown's values, in the order of its dimensions. */
export function joinKey(values: readonly string[]): string {
  return values.map(escapeValue).join("+");
}

/** The values of a key; the inverse of `joinKey` for a breakdown by `count` dimensions. */
export function splitKey(key: string, count: number): string[] {
  return count === 0 ? [] : key.split("+").map((part) => part.replace(/%(25|23|2B)/g, (e) => decodeURIComponent(e)));
}
