/** Tables as CSV files that open well in a spreadsheet, and are harmless there. */
import type { Whole } from "../ask/whole.ts";

export type CsvCell = string | Whole | undefined;

/** Without it, Excel reads UTF-8 as the machine's legacy code page, and Korean is garbled. */
const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Rows as the text of a CSV file (RFC 4180). A text cell that a spreadsheet would run as a formula gets a leading
 * apostrophe: page titles and paths come from strangers. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function toCsv(rows: readonly (readonly CsvCell[])[]): string {
  return BYTE_ORDER_MARK + rows.map((row) => `${row.map(writeCell).join(",")}\r\n`).join("");
}

/** A file name from the table's subject. */
export function csvName(parts: readonly string[]): string {
  const name = parts.map((part) => part.replace(/[^\p{L}\p{N}_.-]+/gu, "-")).join("_");
  return `daymark_${name.slice(0, 120)}.csv`;
}

function writeCell(cell: CsvCell): string {
  if (typeof cell !== "string") return cell === undefined ? "" : String(cell);
  const safe = /^[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
