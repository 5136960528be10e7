/**
 * EventBridge Scheduler on this machine: runs the declared schedules in their own time zones. If a run is still going
 * when the next one is due, that one is skipped; a failed run is retried as declared.
 */
import { setTimeout as wait } from "node:timers/promises";
import { Cron } from "croner";
import type { Schedule } from "../cloudformation/template.ts";
import type { Invoke } from "../endpoint/aws-error.ts";

export type SchedulerOptions = {
  schedules: Schedule[];
  invoke: Invoke;
  /** Called for a run that failed for good: on AWS its input would now be in the dead letter queue. */
  onFailure?: (schedule: Schedule, reason: string) => void;
  /** The wait before the first retry; it doubles with each one. */
  retryMs?: number;
};
export type Scheduler = {
  /** When each schedule is due next, by name. */
  next: () => Record<string, Date | null>;
} & AsyncDisposable;

/** Starts all schedules. Stopping waits for nothing: the next run makes up for one that is cut off. */
export async function startScheduler(options: SchedulerOptions): Promise<Scheduler> {
  const stopped = new AbortController();
  const jobs = options.schedules.map((schedule) => {
    const { pattern, ...settings } = cronerSchedule(schedule.expression);
    const job = new Cron(pattern, { ...settings, timezone: schedule.timeZone, protect: true, unref: true }, () =>
      run(schedule, options, stopped.signal),
    );
    return { name: schedule.name, job };
  });
  return {
    next: () => Object.fromEntries(jobs.map(({ name, job }) => [name, job.nextRun()])),
    async [Symbol.asyncDispose]() {
      stopped.abort();
      for (const { job } of jobs) job.stop();
    },
  };
}

async function run(
  schedule: Schedule,
  { invoke, onFailure, retryMs = 1000 }: SchedulerOptions,
  signal: AbortSignal,
): Promise<void> {
  let reason: string | undefined;
  for (let attempt = 0; attempt <= schedule.maximumRetryAttempts && !signal.aborted; attempt++) {
    if (attempt > 0) await wait(retryMs * 2 ** (attempt - 1), undefined, { signal }).catch(() => {});
    reason = await failureOf(invoke, schedule);
    if (reason === undefined) return;
  }
  if (reason !== undefined && !signal.aborted) onFailure?.(schedule, reason);
}

async function failureOf(invoke: Invoke, { functionName, input }: Schedule): Promise<string | undefined> {
  try {
    const { payload, functionError } = await invoke(functionName, input);
    return functionError === undefined ? undefined : JSON.stringify(payload);
  } catch (error) {
    return String(error);
  }
}

export type CronerSchedule = { pattern: string; interval?: number; alternativeWeekdays?: boolean };
const seconds: Record<string, number> = { minute: 60, hour: 3600, day: 86400 };
const largest = { minutes: 59, hours: 23, day: 31, month: 12, weekday: 7, year: 2199 };

/**
 * An EventBridge Scheduler expression as croner's pattern and options: `cron(…)` has six fields (no seconds, but a
 * year) and counts weekdays from 1 = Sunday; `rate(…)` is an interval.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function cronerSchedule(expression: string): CronerSchedule {
  const [, kind, body = ""] = /^(cron|rate)\(([^)]+)\)$/.exec(expression.trim()) ?? [];
  if (kind === "rate") return { pattern: "* * * * * *", interval: rateSeconds(expression, body) };
  const fields = body.trim().split(/\s+/);
  if (kind !== "cron" || fields.length !== 6)
    throw new Error(
      `Cannot read the schedule "${expression}": neither cron(minutes hours day month weekday year) nor rate(…)`,
    );
  const converted = Object.values(largest).map((maximum, i) => convertField(fields[i] ?? "*", maximum));
  return { pattern: ["0", ...converted].join(" "), alternativeWeekdays: true };
}

function rateSeconds(expression: string, body: string): number {
  const [, count = "", unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(body.trim()) ?? [];
  const value = Number(count) * (seconds[unit] ?? 0);
  if (value > 0) return value;
  throw new Error(
    `Cannot read the schedule "${expression}": rate(…) takes a positive number of minutes, hours or days`,
  );
}

// croner writes `5/15` as a range with a step, and the last Friday, `6L`, as `6#L`.
function convertField(field: string, maximum: number): string {
  return field
    .split(",")
    .map((part) => part.replace(/^(\d+)\//, `$1-${maximum}/`).replace(/^(\w+)L$/, "$1#L"))
    .join(",");
}
