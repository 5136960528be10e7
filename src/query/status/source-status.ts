/** What the status says about each source: when its last row arrived, how late, and how many came in the last days. */
import { splitKey } from "../../metrics/key.ts";
import { mergeTallies, type Tally, toRanking } from "../../metrics/merge.ts";
import type { StatusAnswer } from "../../schemas/api/answer.ts";
import { eventSources, type SourceName } from "../../schemas/event-source.ts";
import type { LedgerDay } from "../../table/days/day-state.ts";
import { exactNumber } from "../exact-number.ts";

type Counts = ReadonlyMap<string, Tally>;
/**
 * `days` are all that are known, `rejected` (by source) and `refused` (by reason, app and source) the last ones, which
 * begin with `since`.
 */
export type SourceParts = {
  days: readonly LedgerDay[];
  rejected: Counts;
  refused: Counts;
  since: string;
  today: string;
};

/** The sources of which anything came, in a fixed order. Rows count on the day of their events. */
export function toSources(parts: SourceParts): StatusAnswer["sources"] {
  const { days, refused, since, today } = parts;
  return eventSources.flatMap((source) => {
    const newest = countsOf(source, days).reduce((a, b) => (b.at >= a.at ? b : a), { at: 0, lag: 0 });
    const last_7_days = toCounts(source, parts, (day) => day >= since && day <= today);
    if (newest.at === 0 && last_7_days.rejected === 0 && last_7_days.refused === 0) return [];
    return {
      source,
      last_seen: newest.at === 0 ? null : new Date(newest.at).toISOString(),
      lag_ms: newest.at === 0 ? null : newest.lag,
      today: toCounts(source, parts, (day) => day === today),
      last_7_days,
      refused: toReasons(source, refused),
    };
  });
}

function countsOf(wanted: SourceName, days: readonly LedgerDay[]) {
  return days.flatMap(({ sources = [] }) => sources.filter(({ source }) => source === wanted));
}

function toCounts(source: SourceName, { days, rejected, refused }: SourceParts, isIn: (day: string) => boolean) {
  const own = days.filter(({ day }) => isIn(day));
  const sum = (counts: Counts, sourceOf: (key: string) => string | undefined) =>
    ranking(counts, isIn, (key) => sourceOf(key) === source).reduce((total, { value }) => total + value, 0n);
  return {
    rows: countsOf(source, own).reduce((total, { rows }) => total + rows, 0),
    rejected: exactNumber(sum(rejected, (key) => splitKey(key, 1)[0])),
    refused: exactNumber(sum(refused, sourceOfRefusal)),
  };
}

function toReasons(source: SourceName, refused: Counts) {
  const own = ranking(
    refused,
    () => true,
    (key) => sourceOfRefusal(key) === source,
  );
  const reasons = new Map<string, bigint>();
  for (const { key, value } of own) {
    const [reason = ""] = splitKey(key, 3);
    reasons.set(reason, (reasons.get(reason) ?? 0n) + value);
  }
  return toRanking(reasons).map(({ key, value }) => ({ reason: key, requests: exactNumber(value) }));
}

function sourceOfRefusal(key: string): string | undefined {
  return splitKey(key, 3)[2];
}

function ranking(counts: Counts, isIn: (day: string) => boolean, isOf: (key: string) => boolean) {
  const days = [...counts].flatMap(([day, tally]) => (isIn(day) ? [tally] : []));
  return toRanking(mergeTallies(days)).filter(({ key }) => isOf(key));
}
