/**
 * Keys as SQL writes and reads them, beside `src/metrics/key.ts`, which does the same in TypeScript: values with `%`, `#` and `+`
 * escaped, joined by `+`, a missing value as the empty text. Blocks, rollups and answers hold such keys: another form needs another
 * name for the column.
 */

/** A column of text as it stands in a key. */
export function escapedSql(text: string): string {
  return `replace(replace(replace(coalesce(${text}, ''), '%', '%25'), '#', '%23'), '+', '%2B')`;
}

/** The key of columns that are escaped already. */
export function joinedSql(columns: readonly string[]): string {
  return columns.length === 0 ? "''" : columns.join(` || '+' || `);
}

/** One of the `count` values of a key in the column `keys`, still escaped. */
export function partSql(index: number, count: number): string {
  return count === 1 ? "keys" : `split_part(keys, '+', ${index + 1})`;
}
