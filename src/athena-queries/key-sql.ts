/**
 * Keys written and read in SQL, just as `src/metrics/key.ts` does in TypeScript: values with `%`, `#` and `+` escaped,
 * joined by `+`; a missing value is the empty text. `KEY_VERSION` there says what a new form needs.
 */

/** A text column as it is written in a key. */
export function escapedSql(text: string): string {
  return `replace(replace(replace(coalesce(${text}, ''), '%', '%25'), '#', '%23'), '+', '%2B')`;
}

/** The key made of columns that are already escaped. */
export function joinedSql(columns: readonly string[]): string {
  return columns.length === 0 ? "''" : columns.join(` || '+' || `);
}

/** One of the `count` values of a key in the column `keys`, still escaped. */
export function partSql(index: number, count: number): string {
  return count === 1 ? "keys" : `split_part(keys, '+', ${index + 1})`;
}
