import { Cron } from "croner";
import { describe, expect, test, vi } from "vitest";
import type { Schedule } from "../../../local/cloudformation/template.ts";
import type { Invoke } from "../../../local/endpoint/aws-error.ts";
import { cronerSchedule, startScheduler } from "../../../local/scheduler/service.ts";

describe("cronerSchedule", () => {
  // EventBridge's times for each expression, from 2026-11-22T00:00 (a Sunday) in Seoul on.
  test.each([
    ["cron(50 * * * ? *)", ["2026-11-22 00:50", "2026-11-22 01:50"]],
    ["cron(20 0 * * ? *)", ["2026-11-22 00:20", "2026-11-23 00:20"]],
    ["cron(0/15 10 * * ? *)", ["2026-11-22 10:00", "2026-11-22 10:15"]],
    ["cron(5,35 14 * * ? *)", ["2026-11-22 14:05", "2026-11-22 14:35"]],
    ["cron(0 9 ? * 2-6 *)", ["2026-11-23 09:00", "2026-11-24 09:00"]],
    ["cron(0 9 ? * MON-FRI *)", ["2026-11-23 09:00", "2026-11-24 09:00"]],
    ["cron(0 9 ? * 1 *)", ["2026-11-22 09:00", "2026-11-29 09:00"]],
    ["cron(0 9 L * ? *)", ["2026-11-30 09:00", "2026-12-31 09:00"]],
    ["cron(0 9 ? * 6L *)", ["2026-11-27 09:00", "2026-12-25 09:00"]],
    ["cron(0 9 ? * 2#1 *)", ["2026-12-07 09:00", "2027-01-04 09:00"]],
    ["cron(0 9 1 JAN ? 2027-2028)", ["2027-01-01 09:00", "2028-01-01 09:00"]],
  ])("%s runs when EventBridge would run it", (expression, expected) => {
    const { pattern, ...options } = cronerSchedule(expression);
    const runs = new Cron(pattern, { ...options, timezone: "Asia/Seoul", paused: true }).nextRuns(
      2,
      new Date("2026-11-21T15:00:00Z"),
    );
    const local = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul", dateStyle: "short", timeStyle: "short" });
    expect(runs.map((run) => local.format(run))).toEqual(expected);
  });

  test("reads rates", () => {
    expect(cronerSchedule("rate(5 minutes)").interval).toBe(300);
    expect(cronerSchedule("rate(1 hour)").interval).toBe(3600);
    expect(cronerSchedule("rate(1 day)").interval).toBe(86_400);
  });

  test.each(["cron(* * * * *)", "rate(0 minutes)", "rate(5 fortnights)", "at(2026-11-22T00:00:00)", "hourly"])(
    "refuses %s",
    (expression) => {
      expect(() => cronerSchedule(expression)).toThrow(/Cannot read the schedule/);
    },
  );
});

describe("scheduler", () => {
  const schedule: Schedule = {
    name: "often",
    expression: "rate(1 minute)",
    timeZone: "Asia/Seoul",
    functionName: "batch",
    input: { a: 1 },
    maximumRetryAttempts: 2,
  };

  test("invokes the target with its input, and tries again as declared", async () => {
    const outcomes = [{ payload: "no", functionError: "Unhandled" }, { payload: "ok" }];
    const invoke = vi.fn<Invoke>(async () => outcomes.shift() ?? { payload: "ok" });
    const failures: string[] = [];
    await using _ = await startScheduler({
      schedules: [schedule],
      invoke,
      retryMs: 1,
      onFailure: (_, reason) => failures.push(reason),
    });
    await vi.waitFor(() => expect(invoke).toHaveBeenCalledTimes(2), 30_000);
    expect(invoke.mock.calls).toEqual([
      ["batch", { a: 1 }],
      ["batch", { a: 1 }],
    ]);
    expect(failures).toEqual([]);
  });

  test("reports a run that fails at every try", async () => {
    const invoke = vi.fn<Invoke>(async () => ({ payload: { errorType: "Error" }, functionError: "Unhandled" }));
    const onFailure = vi.fn();
    await using _ = await startScheduler({ schedules: [schedule], invoke, retryMs: 1, onFailure });
    await vi.waitFor(() => expect(onFailure).toHaveBeenCalledWith(schedule, '{"errorType":"Error"}'), 30_000);
    expect(invoke).toHaveBeenCalledTimes(3);
  });

  test("says when a schedule is due next, in its own zone", async () => {
    const daily = { ...schedule, name: "daily", expression: "cron(20 0 * * ? *)" };
    await using scheduler = await startScheduler({ schedules: [daily], invoke: async () => ({ payload: null }) });
    const next = scheduler.next().daily;
    expect(new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Seoul", timeStyle: "short" }).format(next ?? 0)).toBe(
      "00:20",
    );
  });
});
