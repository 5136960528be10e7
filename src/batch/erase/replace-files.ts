/**
 * Replaces a day's files by files without a person's rows. Correctness depends on the order. First the remaining rows
 * are written where no reader looks, then the plan. From then on, whoever finds the plan can repeat every step, and
 * repeating one changes nothing. Meanwhile the day is marked, so that no rollup is made from rows that are there twice,
 * or put in place at the same time. No step leaves a day with fewer rows than its ledger asks for.
 *
 * `events` and `rejected` have one folder per day. While it holds both old and new files, rows are there twice, but
 * readers count each `event_id` once. `daily_events` holds each event once, and is replaced as a whole, by one write in
 * the catalog.
 */
import type { Person, PersonFile, PersonTable } from "../../athena-queries/person-rows.ts";

/** Objects of the lake's bucket, by key. */
export type Objects = {
  bucket: string;
  list(prefix: string): Promise<{ key: string; modified: number }[]>;
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string): Promise<void>;
  /** False when there is nothing to copy. */
  copy(from: string, to: string): Promise<boolean>;
  remove(keys: readonly string[]): Promise<void>;
};
/** What the day ledger stores about a replacement. */
export type ReplacementLedger = {
  /** Marks the day; false while a rollup of it is being put in place. */
  startErasing(day: string, id: string, times: { now: number; staleAfter: number }): Promise<boolean>;
  /** Subtracts rows from those that the day must have, once per id. */
  recordErased(day: string, id: string, rows: number): Promise<void>;
  endErasing(day: string, id: string): Promise<void>;
  /** The run that sealed the day. */
  runOf(day: string): Promise<string | undefined>;
  notePlan(id: string, now: number): Promise<void>;
  plans(): Promise<ReadonlyMap<string, number>>;
  forgetPlan(id: string): Promise<void>;
};
/** Files of one day. */
export type DayFiles = { table: PersonTable; person: Person; day: string; files: readonly string[] };
export type Lake = {
  objects: Objects;
  ledger: ReplacementLedger;
  /** The files of some days that hold rows of a person, and how many files these days have in total. */
  findFiles(table: PersonTable, person: Person, days: readonly string[]): Promise<{ files: PersonFile[]; of: number }>;
  /** Writes the other rows of these files to a folder of the bucket. */
  unloadOthers(from: DayFiles, folder: string): Promise<void>;
  /** Writes the other people's events of a sealed day to a folder of its own, named after the id. */
  unloadDaily(person: Person, day: string, id: string): Promise<void>;
  /** Makes that folder the day's partition. */
  pointDaily(day: string, id: string): Promise<void>;
  /** The files that the days of `daily_events` consist of, by day. */
  dailyFiles(days: readonly string[]): Promise<Map<string, string[]>>;
};

/**
 * A replacement that has started. `files` are the keys to remove; `staged` are the keys of the new files, each to be
 * copied beside the old ones. For `daily_events`, `run` is the run that had sealed the day, and `made` are the files
 * written for it.
 */
export type ReplacePlan = {
  id: string;
  table: PersonTable;
  day: string;
  rows: number;
  files: string[];
  staged: string[];
  run?: string | undefined;
  made?: string[];
};
type Planned = { table: PersonTable; person: Person; files: readonly PersonFile[]; id: string };

/** Longer than a batch run can live: anything this old belongs to a dead run. */
export const STALE_MS = 20 * 60_000;
const planKey = (id: string) => `erase/plans/${id}.json`;

/** Writes the remaining rows of some files of one day, and the plan to replace the files. */
export async function planReplacement(planned: Planned, lake: Lake, now: number): Promise<ReplacePlan> {
  const { objects, ledger } = lake;
  const plan = await (planned.table === "daily_events" ? planDaily(planned, lake) : planBeside(planned, lake));
  await ledger.notePlan(plan.id, now);
  await objects.write(planKey(plan.id), JSON.stringify(plan));
  return plan;
}

/** Carries out a plan, from wherever it was left. False when the day is being sealed; try again then. */
export async function carryOut(plan: ReplacePlan, lake: Lake, now: number): Promise<boolean> {
  const { objects, ledger } = lake;
  const { id, table, day } = plan;
  const isSealed = table !== "rejected";
  if (isSealed && !(await ledger.startErasing(day, id, { now, staleAfter: STALE_MS }))) return false;
  const isDone = await (table === "daily_events" ? carryOutDaily(plan, lake) : carryOutBeside(plan, lake));
  if (isSealed) await ledger.endErasing(day, id);
  if (!isDone) return true;
  await objects.remove([planKey(id)]);
  await ledger.forgetPlan(id);
  await objects.remove(plan.staged);
  return true;
}

/**
 * The plan that the ledger has noted under an id. Undefined if it is not written yet, or is carried out except for
 * removing the note.
 */
export async function readPlan(id: string, { objects }: Lake): Promise<ReplacePlan | undefined> {
  const text = await objects.read(planKey(id));
  return text === undefined ? undefined : JSON.parse(text);
}

async function planBeside(
  { table, person, files, id }: Planned,
  { objects, unloadOthers }: Lake,
): Promise<ReplacePlan> {
  const day = files[0]?.dt ?? "";
  const folder = `erase/staged/${id}/`;
  await unloadOthers({ table, person, day, files: files.map(({ path }) => path) }, folder);
  const staged = (await objects.list(folder)).map(({ key }) => key);
  return { id, table, day, rows: sumRows(files), files: files.map(({ path }) => keyOf(path, objects.bucket)), staged };
}

/** Replaces everything in the day's folder except what is written now, including runs of earlier seals. */
async function planDaily(
  { table, person, files, id }: Planned,
  { objects, ledger, unloadDaily }: Lake,
): Promise<ReplacePlan> {
  const day = files[0]?.dt ?? "";
  const run = await ledger.runOf(day);
  const keys = async () => (await objects.list(`daily_events/dt=${day}/`)).map(({ key }) => key);
  const old = await keys();
  await unloadDaily(person, day, id);
  const made = (await keys()).filter((key) => key.includes(`/run=${id}/`));
  return { id, table, day, rows: sumRows(files), files: old, staged: [], run, made };
}

/** False when another run has done all of it in the meantime. */
async function carryOutBeside(plan: ReplacePlan, { objects, ledger }: Lake): Promise<boolean> {
  const { id, table, day, rows, files, staged } = plan;
  for (const [index, from] of staged.entries()) {
    if (await objects.copy(from, newKey(plan, index))) continue;
    if ((await objects.read(planKey(id))) === undefined) return false;
    throw new Error(`Cannot replace files of ${table}, ${day}: ${from} is not there any more`);
  }
  if (table === "events") await ledger.recordErased(day, id, rows);
  await objects.remove(files);
  return true;
}

/** A day that was sealed again since the plan was made has other files now: a repeat finds what those hold. */
async function carryOutDaily(
  { id, day, files, run, made = [] }: ReplacePlan,
  { objects, ledger, pointDaily }: Lake,
): Promise<boolean> {
  if ((await ledger.runOf(day)) !== run) return true;
  const there = new Set((await objects.list(`daily_events/dt=${day}/`)).map(({ key }) => key));
  if (!made.every((key) => there.has(key))) return true;
  await pointDaily(day, id);
  await objects.remove(files);
  return true;
}

function newKey({ id, files: [file = ""] }: ReplacePlan, index: number): string {
  return `${file.slice(0, file.lastIndexOf("/") + 1)}erased-${id}-${index}.parquet`;
}

/** The key of `s3://bucket/key`. */
export function keyOf(path: string, bucket: string): string {
  const prefix = `s3://${bucket}/`;
  if (!path.startsWith(prefix)) throw new RangeError(`Cannot replace ${path}: it is not in bucket ${bucket}`);
  return path.slice(prefix.length);
}

function sumRows(files: readonly PersonFile[]): number {
  return files.reduce((sum, { rows }) => sum + rows, 0);
}
