/**
 * The answers to the four routes: metrics, live minutes, the pipeline's status, and the list of metrics. The order in
 * which a question reads, which makes its number exact, is in answer-question.ts.
 */
import type { Athena } from "../athena-queries/athena.ts";
import { historyRow } from "../athena-queries/metric-history.ts";
import { REFUSED_BREAKDOWN, REJECTED } from "../metrics/block.ts";
import type { Metric } from "../metrics/define-metric.ts";
import type { DerivedMetric } from "../metrics/derive-metric.ts";
import { addDays, dayOf, daysBetween } from "../metrics/time-bucket.ts";
import type { Reporter } from "../reporter.ts";
import type { LiveAnswer, LiveGroupsAnswer, MetricAnswer, MetricsAnswer, StatusAnswer } from "../schemas/api/answer.ts";
import { createOldCounters } from "../table/blocks/old-counters.ts";
import { createBlocks } from "../table/blocks/stored-blocks.ts";
import { createCachedHistory } from "../table/cached-history.ts";
import { createDayLedger } from "../table/days/day-ledger.ts";
import { createSealedDays } from "../table/days/sealed-days.ts";
import { createRejectedSamples, sampleKey } from "../table/rejected-samples.ts";
import { createSnapshotStates } from "../table/snapshot-states.ts";
import type { Table } from "../table/table.ts";
import { answerQuestion } from "./answer-question.ts";
import { createCachedQueries } from "./history/cached-queries.ts";
import { lastMinutes, startOfMinutes, toLiveAnswer, toLiveGroups } from "./live.ts";
import { createPresent } from "./present/present.ts";
import {
  type AskedMetric,
  dimensionsOf,
  type Grouping,
  type LiveQuestion,
  type MetricRequest,
  readLiveQuestion,
  readQuestion,
} from "./question.ts";
import { createReaders, readDays } from "./readers.ts";
import { sampledReasons, toMetrics, toStatus } from "./status/status.ts";

export type QueryOptions = Pick<Reporter, "log" | "metric"> & {
  table: Table;
  athena: Athena;
  catalog: readonly Metric[];
  /** Metrics that are computed from those. */
  derived: readonly DerivedMetric[];
  timezone: string;
  /** Epoch ms. */
  clock: () => number;
  /** How much of the blocks read is cached for the next questions, in bytes. */
  cacheBytes?: number;
};

/** Enough for the unpacked blocks of some open days. */
const CACHED_BYTES = 100_000_000;
const STATUS_DAYS = 30;
const REJECTED_DAYS = 7;
/** A starting function reads at most this many open days, the newest ones. */
const WARM_DAYS = 200;
/** API Gateway gives up after 30 seconds. */
const PATIENCE_MS = 25_000;

type Sources = ReturnType<typeof sourcesOf>;

/** `metric` resolves to undefined while Athena is still running. */
export function createQuery(options: QueryOptions) {
  const { timezone, clock } = options;
  const metrics: readonly AskedMetric[] = [...options.catalog, ...options.derived];
  const sources = sourcesOf(options);
  const readersUntil = createReaders({ ...options, ...sources });
  return {
    dimensions: [...new Set(metrics.flatMap(dimensionsOf))],

    warmUp: () => warmUp(sources, options),

    metrics: async (): Promise<MetricsAnswer> => toMetrics(metrics),

    async metric(request: MetricRequest): Promise<MetricAnswer | undefined> {
      const now = clock();
      const today = dayOf(now, timezone);
      const question = readQuestion(request, metrics, today);
      return answerQuestion(question, readersUntil(now + PATIENCE_MS), { now, today, timezone });
    },

    live(request: MetricRequest): Promise<LiveAnswer | LiveGroupsAnswer> {
      const { groups, ...question } = readLiveQuestion(request, metrics);
      return groups === undefined
        ? liveMinutes(question, sources, options)
        : liveGroups({ groups, minutes: question.minutes }, sources, options);
    },

    status: () => readStatus(sources, options),
  };
}

async function liveMinutes(
  question: LiveQuestion,
  { ledger, present }: Sources,
  { clock, timezone }: QueryOptions,
): Promise<LiveAnswer> {
  const minutes = lastMinutes(clock(), question.minutes, timezone);
  const [from = "", to = ""] = [minutes.toSorted()[0], minutes.toSorted().at(-1)];
  const days = await ledger.getDays([...new Set(minutes.map((minute) => minute.slice(0, 10)))]);
  const { name: metric, value } = question.metric;
  const wanted = { metric, isDistinct: value.kind === "distinct", from, to };
  return toLiveAnswer(question, minutes, await present.minutes([...days.values()], wanted), timezone);
}

async function liveGroups(
  { groups, minutes }: { groups: Grouping; minutes: number },
  { ledger, present }: Sources,
  { clock, timezone }: QueryOptions,
): Promise<LiveGroupsAnswer> {
  const now = clock();
  const from = startOfMinutes(now, minutes);
  const days = await ledger.getDays(daysBetween(dayOf(from, timezone), dayOf(now, timezone)));
  const recent = await present.recent([...days.values()], from);
  const partial = new Set<string>();
  const tallies = await readDays(present, { days: recent.days, question: groups, partial });
  return toLiveGroups(groups, tallies, { since: recent.since, partial, timezone });
}

function sourcesOf({ table, athena, clock, log, cacheBytes = CACHED_BYTES }: QueryOptions) {
  return {
    present: createPresent({ blocks: createBlocks(table), old: createOldCounters(table), cacheBytes }),
    ledger: createDayLedger(table),
    sealedDays: createSealedDays(table),
    history: createCachedQueries({ athena, cache: createCachedHistory(table, log), schema: historyRow, clock }),
    samples: createRejectedSamples(table),
    snapshots: createSnapshotStates(table),
  };
}

/**
 * Reads some open days while the function starts, when Lambda gives it a whole CPU, and discards the result: the first
 * question then finds compiled code and open connections. Never rejects: if something is wrong, the first question will
 * say so.
 */
async function warmUp({ ledger, present }: Sources, { log }: QueryOptions): Promise<void> {
  try {
    const { open } = await ledger.readState();
    const days = await ledger.getDays([...open.keys()].sort().slice(-WARM_DAYS));
    await present.days([...days.values()], { metric: "events", breakdown: "app", isDistinct: false });
  } catch (error) {
    log.debug("Cannot warm up", { error });
  }
}

async function readStatus(
  { ledger, present, samples, snapshots }: Sources,
  options: QueryOptions,
): Promise<StatusAnswer> {
  const { timezone, clock } = options;
  const today = dayOf(clock(), timezone);
  const [state, days, states] = await Promise.all([
    ledger.readState(),
    ledger.readDays(addDays(today, 1 - STATUS_DAYS), addDays(today, 1)),
    snapshots.read(),
  ]);
  const since = addDays(today, 1 - REJECTED_DAYS);
  const last = days.filter(({ day }) => day >= since && day <= today);
  const rejectedBy = (breakdown: string) => present.days(last, { metric: REJECTED, breakdown, isDistinct: false });
  const rejected = await rejectedBy("reason");
  const rejectedBySource = await rejectedBy("source");
  const refused = await rejectedBy(REFUSED_BREAKDOWN);
  const bounded = await present.bounded(days.filter(({ day }) => state.open.has(day)));
  const shown = await samples.read(sampledReasons(rejected).map(sampleKey));
  const counts = { rejected, rejectedBySource, refused, bounded };
  return toStatus({ ...counts, state, days, samples: shown, snapshots: states, since, today, timezone });
}
