/** What the pipeline's status means for each day, in the words of one of five states. */
import type { ReceivedStatus } from "../ask/answers.ts";
import type { CsvCell } from "../panel/csv.ts";

export type DayState = "today" | "open" | "late" | "short" | "sealed";

type Status = Pick<ReceivedStatus, "today" | "open_days" | "late_days" | "short_days">;

/** The most telling state of a day: what still needs the batch comes before what is done. */
export function stateOfDay({ today, open_days, late_days, short_days }: Status, day: string): DayState {
  if (late_days.includes(day)) return "late";
  if (day === today) return "today";
  if (open_days.includes(day)) return "open";
  return short_days.some((short) => short.day === day) ? "short" : "sealed";
}

/** The reasons of both spans in one list, the most frequent first. */
export function mergeReasons({ today, last_7_days }: Pick<ReceivedStatus["rejected"], "today" | "last_7_days">) {
  const ofToday = new Map(today.reasons.map(({ reason, value }) => [reason, value]));
  const ofWeek = new Map(last_7_days.reasons.map(({ reason, value }) => [reason, value]));
  return [...new Set([...ofWeek.keys(), ...ofToday.keys()])].map((reason) => ({
    reason,
    today: ofToday.get(reason) ?? 0,
    week: ofWeek.get(reason) ?? 0,
  }));
}

/** The table of reasons for a file, each with its sample, under the names of the columns. `nameOf` says what a reason is called. */
export function rejectedCells(rejected: ReceivedStatus["rejected"], nameOf: (reason: string) => string): CsvCell[][] {
  const samples = new Map(rejected.samples.map((sample) => [sample.reason, sample]));
  return mergeReasons(rejected).map(({ reason, today, week }) => {
    const { received_at, app, errors, raw } = samples.get(reason) ?? {};
    return [nameOf(reason), today, week, received_at, app, errors?.map(errorText).join("; "), raw];
  });
}

/** An error in one line. */
export function errorText({ path, message }: { path: string; message: string }): string {
  return path === "" ? message : `${path}: ${message}`;
}

/** The SQL that shows rejected events, for Athena; nothing of it comes from outside but the day. */
export function rejectedSql(from: string): string {
  return `SELECT received_at, app, name, errors, raw\nFROM rejected\nWHERE dt >= '${from}'\nORDER BY received_at DESC\nLIMIT 20`;
}
