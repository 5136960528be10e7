/** What the query function answers. Numbers are whole and exact, even beyond 2^53. */
import * as z from "zod/mini";
import { eventSources } from "../event-source.ts";
import { fieldError } from "./collect-answer.ts";

const number = z.int();
/** An integer; for a ratio the nearest double, or 0 if the denominator is 0. */
const figure = z.number();
/** For a ratio: the two exact numbers it is computed from. */
const fraction = { numerator: z.optional(number), denominator: z.optional(number) };
const day = z.string();

export const metricAnswer = z.object({
  metric: z.string(),
  from: day,
  to: day,
  timezone: z.string(),
  /** The watermark: history is sealed up to this day. Null before the first batch run. */
  sealed_through: z.nullable(day),
  /** Null where groups of different units cannot be added, as with `by=currency`. */
  total: z.nullable(figure),
  ...fraction,
  /** The part from sealed days; total = history + realtime. For a ratio both are null. */
  history: z.nullable(number),
  realtime: z.nullable(number),
  /**
   * In an hourly series, `hour` is the start of the hour in local time with its UTC offset; future hours are left out.
   * By week (from Monday) or month, a point covers the days of the range from `day` to `last_day`, and a distinct count
   * counts each id once in each.
   */
  series: z.optional(
    z.array(z.object({ day, last_day: z.optional(day), hour: z.optional(z.string()), value: figure, ...fraction })),
  ),
  /**
   * The largest first; for a ratio, those with the largest denominator. With several dimensions, `key` is all values
   * joined by `+`, and `values` has each of them.
   */
  groups: z.optional(
    z.array(
      z.object({ key: z.string(), value: figure, ...fraction, values: z.optional(z.record(z.string(), z.string())) }),
    ),
  ),
  /** How many groups there are, of which `limit` and `offset` choose those above. */
  groups_total: z.optional(number),
  /** Present when there may be more groups than `groups_total`: history lists the largest ones, and so do open days. */
  groups_at_least: z.optional(z.literal(true)),
  /**
   * How much of the total is in none of the groups; absent if nothing is, for distinct counts and ratios, and if the
   * total is null.
   */
  other: z.optional(number),
  /**
   * Present when smaller values of these days, which are not sealed yet, are added up: totals and series are exact, and
   * groups together with `other` are complete, but a single value's number may be too low, or of a difference or ratio too
   * low or too high, until its day is sealed.
   */
  bounded_days: z.optional(z.array(day)),
  /**
   * How many events of robots came on those days of the range that are not sealed yet, whatever the filters: they are
   * kept in the lake (`is_bot`) and not counted. Absent if there are none, and for metrics that count robots, too.
   */
  robots: z.optional(number),
  /**
   * Present when the answer is 0, or begins before there is data: the first and the last day with any events. History
   * that was imported may be years old.
   */
  data_from: z.optional(day),
  data_to: z.optional(day),
  /**
   * Present when part of these days, which are not sealed yet, was (or, for a new metric, may have been) counted before
   * this metric or breakdown was kept: that part is missing from the answer until they are sealed.
   */
  partial_days: z.optional(z.array(day)),
  /**
   * Present when sealed days were rolled up before this metric or breakdown was kept, so that they are missing from
   * the answer: the first of them, how many there are, and the `rebuild` with which the batch function rolls them up
   * again.
   */
  incomplete_from: z.optional(day),
  incomplete_days: z.optional(number),
  rebuild: z.optional(z.object({ from: day, to: day })),
});

/** 202: the query is still running; ask again. */
export const runningAnswer = z.object({ status: z.literal("running"), message: z.string() });

export const metricsAnswer = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      /** A `difference` and a `ratio` are computed from other metrics when they are asked for. */
      value: z.enum(["count", "sum", "distinct", "difference", "ratio"]),
      /** How a ratio is shown, unless as a plain number or an amount. */
      format: z.optional(z.enum(["percent", "milliseconds"])),
      /** A dimension without which the number has no meaning: it must be a filter or in `by`. */
      unit: z.nullable(z.string()),
      /** For amounts: the number of decimal digits of the currencies that do not have two (ISO 4217). */
      minor_units: z.optional(z.record(z.string(), number)),
      /** The dimensions that can be asked for. */
      dimensions: z.array(z.string()),
      /** The combinations that are kept: filters and `by` together must be one of them. The first is the total. */
      combinations: z.array(z.array(z.string())),
      /** How many of the largest groups are listed: `offset` and `limit` together go no further. */
      groups_listed: number,
      /** The combinations that are also kept by the hour, for `interval=hour`. */
      hourly: z.array(z.array(z.string())),
    }),
  ),
});

export const liveAnswer = z.object({
  metric: z.string(),
  timezone: z.string(),
  /** Local minutes `YYYY-MM-DDTHH:MM`; the last one is the current minute, which is not over yet. */
  minutes: z.array(z.object({ minute: z.string(), value: number })),
  total: number,
});

/** With `by`: what arrived in the last minutes, by its dimensions. */
export const liveGroupsAnswer = z.object({
  metric: z.string(),
  timezone: z.string(),
  /**
   * Events of the current and the last day count if they arrived at this instant or later, whenever they happened: the
   * start of the first of the minutes asked for, or later within as many minutes after an upgrade.
   */
  since: z.string(),
  /** Of all groups. For a distinct count, an id in several of them counts once. */
  total: number,
  /** The largest first. With several dimensions, `key` is all values joined by `+`, and `values` has each of them. */
  groups: z.array(z.object({ key: z.string(), value: number, values: z.optional(z.record(z.string(), z.string())) })),
  groups_total: number,
  /** How much of the total is in none of the groups; absent if nothing is, and for distinct counts. */
  other: z.optional(number),
  /** Present when smaller values of these days are added up: single groups may be too low, the total is exact. */
  bounded_days: z.optional(z.array(day)),
  /** Present when part of what arrived was counted before this breakdown was kept. */
  partial_days: z.optional(z.array(day)),
});

/** A breakdown of a metric (`dimensions` is empty for the total) and its sums in both layers. */
const drift = z.object({ metric: z.string(), dimensions: z.string(), live: z.string(), history: z.string() });

export const statusAnswer = z.object({
  timezone: z.string(),
  today: day,
  /** Whether an event was ever taken; the days below are only the last ones. */
  has_events: z.boolean(),
  sealed_through: z.nullable(day),
  /** Days with events that no rollup holds yet, and those among them that are before the watermark. */
  open_days: z.array(day),
  late_days: z.array(day),
  /** Days that were sealed although the lake had fewer rows than the stream had passed on. */
  short_days: z.array(z.object({ day, missing: number })),
  /**
   * Open days that have more values of a breakdown than are kept separately, and the breakdowns, as `clicks by
   * app+path`.
   */
  bounded_days: z.array(z.object({ day, breakdowns: z.array(z.string()) })),
  /**
   * Those of the days below that were sealed with event ids that stand for several events (of several apps or names),
   * and how many ids.
   */
  reused_ids: z.array(z.object({ day, ids: number })),
  /**
   * Those of the days below whose rollup differed from what was counted live, which should not happen: in how many
   * breakdowns, and the sums of the first 20. Where these sums are equal, their parts differ.
   */
  drift: z.array(z.object({ day, breakdowns: number, first: z.array(drift) })),
  /** The last days that had events, newest first. Rows include copies of events. */
  days: z.array(
    z.object({
      day,
      seen: number,
      /** Events of robots among them, copies left out: they are kept in the lake and not counted. */
      robots: number,
      lake_rows: z.nullable(number),
      sealed_rows: z.nullable(number),
      sealed_at: z.nullable(z.string()),
      /**
       * How many breakdowns differed between the layers when the day was sealed; null if they were not, or cannot be,
       * compared.
       */
      drift: z.nullable(number),
    }),
  ),
  /** Rejected events by the path of their first error, and samples of them. */
  rejected: z.object({
    today: z.lazy(() => rejected),
    last_7_days: z.lazy(() => rejected),
    samples: z.lazy(() => samples),
  }),
  /**
   * Requests that were refused before any event was looked at, by reason, and by app if the key was known. Most
   * frequent first.
   */
  refused: z.object({ today: z.lazy(() => refused), last_7_days: z.lazy(() => refused) }),
  /** Where events come from: those ways in of which anything came in the last 30 days. */
  sources: z.array(
    z.object({
      source: z.enum(eventSources),
      /** When the last row arrived; null if none did in the last 30 days. */
      last_seen: z.nullable(z.string()),
      /** How long after they happened rows of the newest batch had been received: the median of a few from each request. */
      lag_ms: z.nullable(number),
      today: z.lazy(() => sourceCounts),
      last_7_days: z.lazy(() => sourceCounts),
      /** The refused requests of the last 7 days, by reason. Most frequent first. */
      refused: z.array(z.object({ reason: z.string(), requests: number })),
    }),
  ),
  /** Databases whose tables are copied to the lake: the last complete snapshot, and what went wrong since. */
  snapshots: z.array(
    z.object({
      source: z.string(),
      /** The instant of all tables; null if no snapshot is complete yet. */
      at: z.nullable(z.string()),
      /** Whether all tables show that instant. */
      consistent: z.nullable(z.boolean()),
      /**
       * `rows` and `checksum` are the database's own at that instant; of Redis, Elasticsearch and OpenSearch, which
       * compute none, `checksum` is that of the rows as they were read. `kept` counts values that their columns cannot
       * hold, `skipped` rows that went away while they were read.
       */
      tables: z.array(
        z.object({ table: z.string(), rows: number, checksum: z.string(), kept: number, skipped: number }),
      ),
      failed: z.nullable(z.object({ at: z.string(), message: z.string() })),
    }),
  ),
  /** On a single machine, what is wrong: a full disk, a damaged file. On AWS, alarms report this. */
  problems: z.optional(z.array(z.string())),
  last_batch_run: z.nullable(
    z.object({
      started_at: z.string(),
      ended_at: z.string(),
      sealed: z.array(day),
      waiting: z.array(day),
      failed: z.array(day),
    }),
  ),
});

/**
 * `rows` of events on these days that were accepted, robots' among them, each once however often it was sent; events that were `rejected`, and
 * requests that were `refused` before any event was looked at.
 */
const sourceCounts = z.object({ rows: number, rejected: number, refused: number });

const rejected = z.object({ total: number, reasons: z.array(z.object({ reason: z.string(), value: number })) });

/**
 * `key`: a missing or unknown key (401); `origin`: a page or host that is not allowed (403); `size` (413); `rate`: the
 * budget of an address or, locally, of the stage was used up (429); `unreadable` (400); `slow`: a sender that took too
 * long (408, locally).
 */
const refused = z.array(z.object({ reason: z.string(), app: z.string(), requests: number }));

/**
 * A recent event for each of the most frequent reasons, at most 20, newest first; `raw` is its text, cut to 500
 * characters.
 */
const samples = z.array(
  z.object({
    reason: z.string(),
    received_at: z.string(),
    app: z.string(),
    errors: z.array(fieldError),
    raw: z.string(),
  }),
);

export type Numbers<T> = T extends number ? ExactNumber : T extends object ? { [K in keyof T]: Numbers<T[K]> } : T;
/** A number, or JSON.rawJSON's form of a number that a double cannot hold. */
export type ExactNumber = number | { rawJSON: string };
export type MetricAnswer = Numbers<z.infer<typeof metricAnswer>>;
export type LiveAnswer = Numbers<z.infer<typeof liveAnswer>>;
export type LiveGroupsAnswer = Numbers<z.infer<typeof liveGroupsAnswer>>;
export type StatusAnswer = Numbers<z.infer<typeof statusAnswer>>;
export type MetricsAnswer = z.infer<typeof metricsAnswer>;
