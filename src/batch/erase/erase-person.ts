/**
 * Removes one person from everything that could identify them: events, rejected events, what Firehose could not
 * deliver, samples, and query results. Sums stay as they are. This may die at any point and be repeated: what is
 * already gone is not found again, and what was started is finished first.
 */
import type { Person, PersonFile, PersonTable } from "../../athena-queries/person-rows.ts";
import { addDays, daysBetween } from "../../metrics/time-bucket.ts";
import { holdsPerson, withoutPerson } from "./person-text.ts";
import { carryOut, keyOf, type Lake, planReplacement, STALE_MS } from "./replace-files.ts";

export type EraseOptions = {
  lake: Lake;
  /** Every day that ever had events. */
  days: readonly string[];
  today: string;
  samples: { removeWhere(isOf: (text: string) => boolean): Promise<number> };
  clock: () => number;
  newId: () => string;
  pause: (ms: number) => Promise<unknown>;
  /** Whether there is time to start something that takes a minute. */
  hasTime: () => boolean;
  progress: (done: Progress) => void;
  failed: (what: Failure) => void;
};

export type Progress = { what: string; day?: string; files: number; rows: number; left: number };
export type Failure = { what: string; day?: string; error: unknown };

/** For one table: days and files looked at, files rewritten, rows removed, and days left for a repeat. */
export type TableReport = { days: number; files: number; rewritten: number; rows: number; left: string[] };
export type EraseReport = {
  events: TableReport;
  daily_events: TableReport;
  /** Removed files of `daily_events` that earlier seals wrote and no reader sees. */
  old_runs: number;
  rejected: TableReport;
  /** Objects under the error prefix. */
  errors: { files: number; rewritten: number; rows: number; left: string[] };
  samples: number;
  /** Removed query results, whatever they held. */
  results: number;
  /** Whether nothing is left for a repeat. */
  complete: boolean;
};

const DAYS_PER_QUERY = 400;
/** A statement lists the files, and Athena takes statements of up to 256 KB. */
const FILES_PER_PLAN = 100;
const AT_ONCE = 4;
const SEAL_TRIES = 5;
/** How long the bucket's lifecycle keeps rejected events, plus a day at either end. */
const REJECTED_DAYS = 92;
/** A query result is read within minutes, so an older one is not needed any more. */
const RESULT_RESTS_MS = 3_600_000;

/** Erases a person as far as time allows; the report says what is left. */
export async function erasePerson(person: Person, options: EraseOptions): Promise<EraseReport> {
  const events = await eraseTable("events", options.days, person, options);
  const daily = await eraseTable("daily_events", options.days, person, options);
  const oldRuns = await removeOldRuns(options);
  const rejectedDays = daysBetween(addDays(options.today, -REJECTED_DAYS), addDays(options.today, 1));
  const rejected = await eraseTable("rejected", rejectedDays, person, options);
  const errors = await eraseErrors(person, options);
  const samples = await options.samples.removeWhere((text) => holdsPerson(text, person));
  const results = await removeResults(options);
  const complete = [events, daily, rejected, errors].every(({ left }) => left.length === 0);
  return { events, daily_events: daily, old_runs: oldRuns, rejected, errors, samples, results, complete };
}

async function eraseTable(
  table: PersonTable,
  days: readonly string[],
  person: Person,
  options: EraseOptions,
): Promise<TableReport> {
  const report: TableReport = { days: days.length, files: 0, rewritten: 0, rows: 0, left: [] };
  for (let at = 0; at < days.length; at += DAYS_PER_QUERY) {
    const some = days.slice(at, at + DAYS_PER_QUERY);
    if (!options.hasTime()) {
      report.left.push(...some);
      continue;
    }
    const found = await options.lake.findFiles(table, person, some);
    report.files += found.of;
    const byDay = [...Map.groupBy(found.files, ({ dt }) => dt).values()];
    await forEach(byDay, (files) => eraseDay(table, files, { person, options, report }));
    options.progress({
      what: table,
      files: report.rewritten,
      rows: report.rows,
      left: Math.max(0, days.length - at - DAYS_PER_QUERY),
    });
  }
  return { ...report, left: report.left.sort() };
}

type Erasing = { person: Person; options: EraseOptions; report: TableReport };

async function eraseDay(table: PersonTable, files: readonly PersonFile[], { person, options, report }: Erasing) {
  const { lake, clock, newId, hasTime, progress, failed } = options;
  const day = files[0]?.dt ?? "";
  try {
    // A day of `daily_events` is replaced as a whole.
    const perPlan = table === "daily_events" ? files.length : FILES_PER_PLAN;
    for (let at = 0; at < files.length; at += perPlan) {
      if (!hasTime()) throw new Error("no time is left");
      const some = files.slice(at, at + perPlan);
      const plan = await planReplacement({ table, person, files: some, id: newId() }, lake, clock());
      if (!(await untilDone(() => carryOut(plan, lake, clock()), options.pause)))
        throw new Error("the day is being sealed");
      report.rewritten += some.length;
      report.rows += plan.rows;
    }
    progress({ what: table, day, files: files.length, rows: sum(files.map(({ rows }) => rows)), left: 0 });
  } catch (error) {
    report.left.push(day);
    failed({ what: table, day, error });
  }
}

async function untilDone(work: () => Promise<boolean>, pause: EraseOptions["pause"]): Promise<boolean> {
  for (let attempt = 0; attempt < SEAL_TRIES; attempt++) {
    if (await work()) return true;
    await pause(200 * 2 ** attempt);
  }
  return false;
}

/**
 * Removes files of `daily_events` left behind by earlier seals of days that were sealed again. Recent files stay,
 * because they may belong to a seal that is going on. A day without any file that readers see is not touched: the
 * catalog may have lost its partition.
 */
async function removeOldRuns({ lake, days, clock, hasTime }: EraseOptions): Promise<number> {
  const { objects, ledger, dailyFiles } = lake;
  if (!hasTime()) return 0;
  const pending = [...(await ledger.plans()).keys()];
  const current = new Map<string, string[]>();
  for (let at = 0; at < days.length; at += DAYS_PER_QUERY)
    for (const [day, paths] of await dailyFiles(days.slice(at, at + DAYS_PER_QUERY))) current.set(day, paths);
  const seen = new Set([...current.values()].flat().map((path) => keyOf(path, objects.bucket)));
  const old = (await objects.list("daily_events/")).filter(({ key, modified }) => {
    const day = /^daily_events\/dt=([^/]+)\//.exec(key)?.[1] ?? "";
    if (seen.has(key) || !current.has(day) || modified >= clock() - STALE_MS) return false;
    return !pending.some((id) => key.includes(`/run=${id}/`));
  });
  await objects.remove(old.map(({ key }) => key));
  return old.length;
}

async function eraseErrors(person: Person, { lake: { objects }, hasTime, progress, failed }: EraseOptions) {
  const report = { files: 0, rewritten: 0, rows: 0, left: [] as string[] };
  const found = await objects.list("errors/");
  await forEach(found, async ({ key }) => {
    try {
      if (!hasTime()) throw new Error("no time is left");
      const text = await objects.read(key);
      report.files++;
      const others = withoutPerson(text ?? "", person);
      if (others.rows === 0) return;
      if (others.text === "") await objects.remove([key]);
      else await objects.write(key, others.text);
      report.rewritten++;
      report.rows += others.rows;
    } catch (error) {
      report.left.push(key);
      failed({ what: "errors", error });
    }
  });
  progress({ what: "errors", files: report.rewritten, rows: report.rows, left: report.left.length });
  return report;
}

async function removeResults({ lake: { objects }, clock }: EraseOptions): Promise<number> {
  const old = (await objects.list("athena-results/")).filter(({ modified }) => modified < clock() - RESULT_RESTS_MS);
  await objects.remove(old.map(({ key }) => key));
  return old.length;
}

async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
