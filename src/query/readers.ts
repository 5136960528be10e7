/** What a question is answered with: the ledger, the blocks, and Athena behind a cache. */
import { type HistoryRow, historyKey, metricHistory } from "../athena-queries/metric-history.ts";
import { placedDays } from "../athena-queries/placed-days.ts";
import { AthenaQueryError, HttpError, UnavailableError } from "../errors.ts";
import { breakdownName } from "../metrics/define-metric.ts";
import type { Tally } from "../metrics/merge.ts";
import type { Reporter } from "../reporter.ts";
import type { DayLedger } from "../table/days/day-ledger.ts";
import type { SealedDays } from "../table/days/sealed-days.ts";

import type { CachedQueries } from "./history/cached-queries.ts";
import { keyAsked } from "./parts.ts";
import { apartByApp, breakdownByApp, isBounded } from "./present/apart-by-app.ts";
import type { Present } from "./present/present.ts";
import type { PresentDay } from "./present/read-present.ts";
import type { Question } from "./question.ts";
import type { Readers } from "./read-layers.ts";

type Options = Pick<Reporter, "log" | "metric"> & {
  present: Present;
  ledger: Pick<DayLedger, "readState" | "getDays" | "getJoints">;
  sealedDays: Pick<SealedDays, "read">;
  history: CachedQueries<HistoryRow>;
  clock: () => number;
};

const MINUTE_MS = 60_000;

/** Readers for one question each, which may wait for Athena until an instant. */
export function createReaders(options: Options): (until: number) => Readers {
  const { present, ledger, sealedDays, history, clock } = options;
  const explain = (cause: unknown) => fail(cause, options);
  /** Valid for its version: a day is added before the version goes up. */
  let sealed: { version: number; days: ReadonlySet<string> } | undefined;
  return (until) => ({
    state: ledger.readState,
    ledgerDays: ledger.getDays,
    joints: ledger.getJoints,
    present: (days, question, partial) => readDays(present, { days, question, partial }),
    history: (question, version) =>
      history({ key: historyKey(question, version), query: () => metricHistory(question) }, until).catch(explain),
    forget: (question, version) => history.forget(historyKey(question, version)),
    sealedDays: async (version) => {
      if (sealed === undefined || sealed.version < version) sealed = { version, days: await sealedDays.read() };
      return sealed.days;
    },
    placedDays: async (range) => {
      // The key changes every minute, because this is asked when something is missing, which may soon be there.
      const key = JSON.stringify(["placed days", range, Math.floor(clock() / MINUTE_MS)]);
      const rows = await history({ key, query: () => placedDays(range) }, until).catch(explain);
      return rows && new Set(rows.flatMap(({ dt }) => dt ?? []));
    },
  });
}

type Values = Pick<Question, "metric" | "where" | "breakdown">;
type Asked = { days: readonly PresentDay[]; question: Values; partial: Set<string> };

/** The values of some days by key of the breakdown, as far apart as blocks keep them. */
export async function readDays(
  present: Present,
  { days, question, partial }: Asked,
): Promise<ReadonlyMap<string, Tally>> {
  const wanted = wantedBy(question);
  const tallies = await present.days(days, wanted, partial);
  const byApp = breakdownByApp(question);
  const bounded = days.filter(({ day }) => isBounded(tallies.get(day) ?? new Map()));
  if (byApp === undefined || bounded.length === 0) return tallies;
  const readAll = (breakdown: string) => present.days(bounded, { ...wanted, breakdown, key: undefined });
  const [alone, more] = await Promise.all([readAll(wanted.breakdown), readAll(byApp)]);
  const apart = [...alone].map(([day, tally]) => [day, apartByApp(tally, more.get(day) ?? new Map())] as const);
  return new Map([...tallies, ...apart]);
}

function wantedBy(question: Values) {
  const { metric, breakdown } = question;
  const isDistinct = metric.value.kind === "distinct";
  const total = breakdownName(metric.breakdowns[0] ?? []);
  return { metric: metric.name, breakdown: breakdownName(breakdown), isDistinct, key: keyAsked(question), total };
}

/** A failed query is our problem, not the caller's; the next question starts it again. */
function fail(cause: unknown, { log, metric }: Options): never {
  if (!(cause instanceof AthenaQueryError))
    throw new UnavailableError("Cannot ask Athena for sealed days", { retryAfterSeconds: 5, cause });
  metric("QueryFailed");
  log.error("Cannot read sealed days", { error: cause });
  throw new HttpError("query_failed", "Cannot answer: the query of sealed days failed; ask again", { cause });
}
