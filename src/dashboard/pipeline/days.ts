/** What the pipeline's status means for each day, as one of five states. */
import type { ReceivedStatus } from "../ask/answers.ts";
import type { CsvCell } from "../panel/csv.ts";

export type DayState = "today" | "open" | "late" | "short" | "sealed";

type Status = Pick<ReceivedStatus, "today" | "open_days" | "late_days" | "short_days">;

/** The most important state of a day: what still needs the batch comes before what is done. */
export function stateOfDay({ today, open_days, late_days, short_days }: Status, day: string): DayState {
  if (late_days.includes(day)) return "late";
  if (day === today) return "today";
  if (open_days.includes(day)) return "open";
  return short_days.some((short) => short.day === day) ? "short" : "sealed";
}

/** The reasons of both periods in one list, the most frequent first. */
export function mergeReasons({ today, last_7_days }: Pick<ReceivedStatus["rejected"], "today" | "last_7_days">) {
  const ofToday = new Map(today.reasons.map(({ reason, value }) => [reason, value]));
  const ofWeek = new Map(last_7_days.reasons.map(({ reason, value }) => [reason, value]));
  return [...new Set([...ofWeek.keys(), ...ofToday.keys()])].map((reason) => ({
    reason,
    today: ofToday.get(reason) ?? 0,
    week: ofWeek.get(reason) ?? 0,
  }));
}

/**
 * The table of reasons for a file, with column names, and a sample for each reason. `nameOf` returns a reason's name.
 */
export function rejectedCells(rejected: ReceivedStatus["rejected"], nameOf: (reason: string) => string): CsvCell[][] {
  const samples = new Map(rejected.samples.map((sample) => [sample.reason, sample]));
  return mergeReasons(rejected).map(({ reason, today, week }) => {
    const { received_at, app, errors, raw } = samples.get(reason) ?? {};
    return [nameOf(reason), today, week, received_at, app, errors?.map(errorText).join("; "), raw];
  });
}

/** An error on one line. */
export function errorText({ path, message }: { path: string; message: string }): string {
  return path === "" ? message : `${path}: ${message}`;
}

/** The SQL that shows rejected events, for Athena; only the day comes from outside. */
export function rejectedSql(from: string): string {
  return `SELECT received_at, app, name, errors, raw\nFROM rejected\nWHERE dt >= '${from}'\nORDER BY received_at DESC\nLIMIT 20`;
}
