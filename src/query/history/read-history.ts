/**
 * Reads what the rollups say about a question, and makes sure that nothing is missing. Every sealed day must be found.
 * A day whose rollup is gone is an error, never 0; a day whose rollup was made before the breakdown was kept is named,
 * because its numbers are not in the answer.
 */
import type { HistoryQuestion, HistoryRow } from "../../athena-queries/metric-history.ts";
import { HttpError } from "../../errors.ts";

export type HistoryReaders = {
  /** Rows from the rollups as of a version; undefined when they are not ready in time. */
  history(question: HistoryQuestion, version: number): Promise<readonly HistoryRow[] | undefined>;
  /** Makes sure that the question is asked again next time. */
  forget(question: HistoryQuestion, version: number): Promise<void>;
  /** The days that were sealed, as of this version or later. */
  sealedDays(version: number): Promise<ReadonlySet<string>>;
  /** The days of a range whose rollup can be read; undefined while Athena is still running. */
  placedDays(range: { from: string; to: string }): Promise<ReadonlySet<string> | undefined>;
};

/** The rows, and the days, in order, whose rollup does not hold what was asked for. */
export type SealedRows = { rows: readonly HistoryRow[]; lacking: readonly string[] };

/** Undefined when the rows are not ready in time. Throws an HttpError (503) if the rollup of a sealed day is gone. */
export async function readHistory(
  question: HistoryQuestion,
  version: number,
  read: HistoryReaders,
): Promise<SealedRows | undefined> {
  const ask = async (one: HistoryQuestion) => {
    const [rows, sealed] = await Promise.all([read.history(one, version), read.sealedDays(version)]);
    return rows && { rows, lacking: lackingDays(rows, expectedDays(question, sealed)) };
  };
  const first = await ask(question);
  if (first === undefined || first.lacking.length === 0) return first;
  // Perhaps a month's rollup is gone or does not have all days; then the days' own rollups may hold what is missing.
  const byDays = { ...question, months: new Set<string>() };
  const history = question.months.size === 0 ? first : await ask(byDays);
  if (history === undefined || history.lacking.length === 0) return history;
  const placed = await read.placedDays(endsOf(history.lacking));
  if (placed === undefined) return undefined;
  const gone = history.lacking.filter((day) => !placed.has(day));
  if (gone.length === 0) return history;
  for (const one of [question, byDays]) await read.forget(one, version);
  const message = `Cannot answer: the rollup of ${namesOf(gone)} is not there; the next batch run makes it again`;
  throw new HttpError("missing_rollup", message, { headers: { "retry-after": "300" } });
}

function expectedDays({ from, to, except }: HistoryQuestion, sealed: ReadonlySet<string>): string[] {
  const open = new Set(except);
  return [...sealed].filter((day) => day >= from && day <= to && !open.has(day)).sort();
}

/** The expected days that were not found. Parts of an answer that read different tables each list what they found. */
function lackingDays(rows: readonly HistoryRow[], expected: readonly string[]): string[] {
  const parts = rows.flatMap(({ found }) => (found === null ? [] : [foundIn(found, expected)]));
  return parts.length === 0 ? [...expected] : expected.filter((day) => !parts.every((found) => found.has(day)));
}

/**
 * The days listed as found. A month counts only if it has all its expected days, because it does not say which days it
 * has.
 */
function foundIn(text: string, expected: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const token of text.split(" ")) {
    const [name = "", days] = token.split(":");
    if (days === undefined) found.add(name);
    else {
      const own = expected.filter((day) => day.startsWith(`${name}-`));
      if (own.length <= Number(days)) for (const day of own) found.add(day);
    }
  }
  return found;
}

function endsOf(days: readonly string[]) {
  return { from: days[0] ?? "", to: days.at(-1) ?? "" };
}

function namesOf(days: readonly string[]): string {
  const [first, ...others] = days;
  return others.length === 0 ? `${first}` : `${first} and ${others.length} more days`;
}
