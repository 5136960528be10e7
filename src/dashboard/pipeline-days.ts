/** What the pipeline's status means for each day, in the words of one of five states. */
import type { StatusAnswer } from "./answers.ts";

export type DayState = "today" | "open" | "late" | "short" | "sealed";

type Status = Pick<StatusAnswer, "today" | "open_days" | "late_days" | "short_days">;

/** The most telling state of a day: what still needs the batch comes before what is done. */
export function stateOfDay({ today, open_days, late_days, short_days }: Status, day: string): DayState {
  if (late_days.includes(day)) return "late";
  if (day === today) return "today";
  if (open_days.includes(day)) return "open";
  return short_days.some((short) => short.day === day) ? "short" : "sealed";
}

/** The reasons of both spans in one list, the most frequent first. */
export function mergeReasons({ today, last_7_days }: StatusAnswer["rejected"]) {
  const ofToday = new Map(today.reasons.map(({ reason, value }) => [reason, value]));
  const ofWeek = new Map(last_7_days.reasons.map(({ reason, value }) => [reason, value]));
  return [...new Set([...ofWeek.keys(), ...ofToday.keys()])].map((reason) => ({
    reason,
    today: ofToday.get(reason) ?? 0,
    week: ofWeek.get(reason) ?? 0,
  }));
}

/** The SQL that shows rejected events, for Athena; nothing of it comes from outside but the day. */
export function rejectedSql(from: string): string {
  return `SELECT received_at, app, name, errors, raw\nFROM rejected\nWHERE dt >= '${from}'\nORDER BY received_at DESC\nLIMIT 20`;
}
