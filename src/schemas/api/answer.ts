/** What the query function answers. Numbers are whole and exact, past 2^53 too. */
import * as z from "zod/mini";
import { fieldError } from "./collect-answer.ts";

const number = z.int();
const day = z.string();

export const metricAnswer = z.object({
  metric: z.string(),
  from: day,
  to: day,
  timezone: z.string(),
  /** The watermark: history is sealed up to this day. Null before the first batch run. */
  sealed_through: z.nullable(day),
  /** Null where groups of different units cannot be added, as with `by=currency`. */
  total: z.nullable(number),
  /** The part that comes from sealed days; total = history + realtime. */
  history: z.nullable(number),
  realtime: z.nullable(number),
  /** By the hour `hour` is where it begins, in local time with its offset from UTC; hours that are yet to come are left out. */
  series: z.optional(z.array(z.object({ day, hour: z.optional(z.string()), value: number }))),
  /** The largest first. Of several dimensions `key` has all values joined by `+`, and `values` has each. */
  groups: z.optional(
    z.array(z.object({ key: z.string(), value: number, values: z.optional(z.record(z.string(), z.string())) })),
  ),
  /** What of the total is in none of the groups; absent where they are all, of distinct counts, and where the total is null. */
  other: z.optional(number),
  /**
   * There when values of these days, which are not sealed, are no longer kept apart: totals, series and groups together with `other`
   * are whole, the number of a single value may lack something until its day is sealed.
   */
  bounded_days: z.optional(z.array(day)),
  /**
   * There when these days, which are not sealed, were counted in part before this breakdown was kept: the answer lacks that part, all
   * of its numbers, until they are.
   */
  partial_days: z.optional(z.array(day)),
  /**
   * There when sealed days were rolled up before this breakdown was kept, so that the answer lacks them: the first of them, how many
   * there are, and what the batch function takes as `rebuild` to roll them up again.
   */
  incomplete_from: z.optional(day),
  incomplete_days: z.optional(number),
  rebuild: z.optional(z.object({ from: day, to: day })),
});

/** 202: the question goes on; ask it again. */
export const runningAnswer = z.object({ status: z.literal("running"), message: z.string() });

export const metricsAnswer = z.object({
  metrics: z.array(
    z.object({
      name: z.string(),
      title: z.string(),
      value: z.enum(["count", "sum", "distinct"]),
      /** A dimension without which the number has no meaning: it has to be a filter or in `by`. */
      unit: z.nullable(z.string()),
      /** Of amounts: how many of their digits stand behind the point, of the currencies that do not have two (ISO 4217). */
      minor_units: z.optional(z.record(z.string(), number)),
      /** The dimensions that can be asked for. */
      dimensions: z.array(z.string()),
      /** The combinations that are kept: filters and `by` together have to be one of them. The first is the total. */
      combinations: z.array(z.array(z.string())),
      /** The combinations that are kept by the hour too, for `interval=hour`. */
      hourly: z.array(z.array(z.string())),
    }),
  ),
});

export const liveAnswer = z.object({
  metric: z.string(),
  timezone: z.string(),
  /** Local minutes `YYYY-MM-DDTHH:MM`, the newest, which is not over yet, last. */
  minutes: z.array(z.object({ minute: z.string(), value: number })),
  total: number,
});

/** A breakdown of a metric, by no dimension for the total, and its sum in both layers. */
const drift = z.object({ metric: z.string(), dimensions: z.string(), live: z.string(), history: z.string() });

export const statusAnswer = z.object({
  timezone: z.string(),
  today: day,
  /** Whether an event was ever taken; the days below are the last ones only. */
  has_events: z.boolean(),
  sealed_through: z.nullable(day),
  /** Days with events that no rollup holds yet, and those of them that are before the watermark. */
  open_days: z.array(day),
  late_days: z.array(day),
  /** Days that were sealed although the lake had fewer rows than the stream had passed on. */
  short_days: z.array(z.object({ day, missing: number })),
  /** Open days with more values of a breakdown than are kept apart, and the breakdowns, as `clicks by app+path`. */
  bounded_days: z.array(z.object({ day, breakdowns: z.array(z.string()) })),
  /** Of the days below, those sealed with event ids that stand for several events (of several apps or names), and how many ids. */
  reused_ids: z.array(z.object({ day, ids: number })),
  /**
   * Of the days below, those of which the rollup said otherwise than what was counted live (it should not happen): in how many
   * breakdowns, and the sums of the first 20; where these are equal their parts are not.
   */
  drift: z.array(z.object({ day, breakdowns: number, first: z.array(drift) })),
  /** The last days that had events, the newest first. Rows include copies of events. */
  days: z.array(
    z.object({
      day,
      seen: number,
      lake_rows: z.nullable(number),
      sealed_rows: z.nullable(number),
      sealed_at: z.nullable(z.string()),
      /** Breakdowns that differed between the layers when the day was sealed; null where they were not, or cannot be, compared. */
      drift: z.nullable(number),
    }),
  ),
  /** Rejected events by the path of their first error, and samples of them. */
  rejected: z.object({
    today: z.lazy(() => rejected),
    last_7_days: z.lazy(() => rejected),
    samples: z.lazy(() => samples),
  }),
  /** Requests that were refused whole, before an event was looked at: by reason, and by app where the key was known. The most first. */
  refused: z.object({ today: z.lazy(() => refused), last_7_days: z.lazy(() => refused) }),
  /** Databases whose tables are copied to the lake: the last snapshot that is whole, and what went wrong since. */
  snapshots: z.array(
    z.object({
      source: z.string(),
      /** The instant of all tables; null where none is whole yet. */
      at: z.nullable(z.string()),
      /** `rows` and `checksum` are as the database itself has them at that instant; `kept` counts values that their columns cannot hold. */
      tables: z.array(z.object({ table: z.string(), rows: number, checksum: z.string(), kept: number })),
      failed: z.nullable(z.object({ at: z.string(), message: z.string() })),
    }),
  ),
  /** What is wrong, on a single machine: a full disk, a damaged file. On AWS alarms say so. */
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

const rejected = z.object({ total: number, reasons: z.array(z.object({ reason: z.string(), value: number })) });

/**
 * `key`: a key that is missing or unknown (401); `origin`: a page or host that may not (403); `size` (413); `rate`: the budget of an
 * address, or locally of the stage, was used up (429); `unreadable` (400); `slow`: a sender that did not get on (408, locally).
 */
const refused = z.array(z.object({ reason: z.string(), app: z.string(), requests: number }));

/** A recent event of each of the most frequent reasons, at most 20, the newest first; `raw` is its text, cut to 500 characters. */
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
/** A number, or what JSON.rawJSON made of one that a double cannot hold. */
export type ExactNumber = number | { rawJSON: string };
export type MetricAnswer = Numbers<z.infer<typeof metricAnswer>>;
export type LiveAnswer = Numbers<z.infer<typeof liveAnswer>>;
export type StatusAnswer = Numbers<z.infer<typeof statusAnswer>>;
export type MetricsAnswer = z.infer<typeof metricsAnswer>;
