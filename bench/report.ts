/** A benchmark's results as text: what was measured, how much, the target, and whether it was met. */

/** One figure. Without `atMost` or `atLeast` it has no target, and is there for comparison or information. */
export type Row = {
  what: string;
  measured: number;
  unit: string;
  atMost?: number;
  atLeast?: number;
  /** What to compare it with: a lower bound, another variant, how it was measured. */
  note?: string;
};

/** A benchmark in the list of main.ts. `full` asks for the long form. */
export type Bench = { title: string; run: (options: { full: boolean }) => Promise<Row[]> };

/** The lines of a table, with aligned columns. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map((row) => [row.what, formatNumber(row.measured), row.unit, targetOf(row), verdictOf(row)]);
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells
    .map((line, i) => {
      const padded = line.map((cell, c) => (c === 1 ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)));
      return `  ${padded.join("  ")}  ${rows[i]?.note ?? ""}`.trimEnd();
    })
    .join("\n");
}

/** Whether a row met its target; undefined if it has none. */
export function isReached({ measured, atMost, atLeast }: Row): boolean | undefined {
  if (atMost !== undefined) return measured <= atMost;
  return atLeast === undefined ? undefined : measured >= atLeast;
}

function targetOf({ atMost, atLeast }: Row): string {
  if (atMost !== undefined) return `≤ ${formatNumber(atMost)}`;
  return atLeast === undefined ? "" : `≥ ${formatNumber(atLeast)}`;
}

function verdictOf(row: Row): string {
  const reached = isReached(row);
  return reached === undefined ? "" : reached ? "reached" : "MISSED";
}

/** Three significant digits, and thousands separators. */
function formatNumber(value: number): string {
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en-US");
  return String(Number(value.toPrecision(3)));
}
