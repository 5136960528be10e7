/**
 * A snapshot of PostgreSQL, complete or not at all: all tables at one instant, read in parts, by as many invocations as
 * it takes. A run's files are uploaded as it goes, and appear when all of them are there; a run that fails leaves the
 * previous snapshot in place.
 */
import type { SnapshotSource, SnapshotTable } from "../../schemas/snapshot-source.ts";
import { copiedRows } from "../../sources/postgres/copy-lines.ts";
import { readColumn } from "../../sources/postgres/read-column.ts";
import * as sql from "../../sources/postgres/statements.ts";
import { readTally } from "../../sources/rows/tally.ts";
import { writtenColumns } from "../column.ts";
import { besideKnown } from "../lake-tables.ts";
import { planTables } from "../plan-tables.ts";
import type { Baton, SnapshotRun, TableRun } from "../run.ts";
import { knownColumns } from "../show-tables.ts";
import { RESERVE_MS, type Step, type Surroundings } from "../surroundings.ts";
import { placeRun, writePart } from "../write-part.ts";
import {
  claim,
  claimBeginning,
  type Database,
  exportSnapshot,
  isClaimed,
  joinSnapshot,
  openSession,
  openSnapshot,
  SnapshotGone,
} from "./postgres-session.ts";

type Around = Surroundings & { db: Database };

/** How many pages of 8 KB are read between two looks at the clock. */
const PAGES_AT_ONCE = 8192;
const POLL_MS = 250;
/** Six hours. */
const MAX_MINUTES = 360;

/** Takes a run as far as time allows: a new one, or the one of a baton. Throws a SnapshotGone if the latter is lost. */
export async function takeRun(settings: SnapshotSource, from: Baton | undefined, around: Around): Promise<Step> {
  await openSession(around.db, settings, around.invocation);
  const run = await (from === undefined ? beginRun(settings, around) : joinRun(from, around));
  if (run === undefined) return from === undefined ? { busy: true } : { taken: true };
  let [longest, parts] = [0, 0];
  for (const table of run.tables) {
    const options = settings.tables.find(({ table: name }) => name === table.table);
    while (table.at.relation < table.relations.length) {
      // Each holder takes at least one part, or the run would be handed on for ever. The next part may take twice as
      // long as the longest so far.
      if (parts++ > 0 && around.remaining() < Math.max(RESERVE_MS, 2 * longest)) {
        refuseOld(run, settings, around.clock());
        return await handOver(run, around);
      }
      const startedAt = around.clock();
      await takePart(run, table, options, around);
      longest = Math.max(longest, around.clock() - startedAt);
    }
  }
  await untilAlone(run, around);
  await around.db.query("COMMIT");
  return await placeRun(run, around);
}

/** Starts a new run; undefined if one is going on already. */
async function beginRun(
  settings: SnapshotSource,
  { db, newRun, partitionOf }: Around,
): Promise<SnapshotRun | undefined> {
  const { source } = settings;
  const names = settings.tables.map(({ table }) => table);
  if (!(await claimBeginning(db, source))) return undefined;
  const { at, found } = await openSnapshot(db, names);
  const tables = planTables(settings, found, await db.query(sql.findColumns, [names]));
  const run = { source, run: newRun(), at, ...partitionOf(at), holder: 1, tables };
  await claim(db, run);
  return run;
}

async function joinRun({ source, run: id, holder, snapshot }: Baton, around: Around): Promise<SnapshotRun | undefined> {
  const run = await around.readRun(source, id);
  if (run === undefined) throw new SnapshotGone(`Cannot go on with run ${id} of ${source}: nothing is known of it`);
  await joinSnapshot(
    around.db,
    snapshot,
    run.tables.flatMap(({ relations }) => relations.map(asRow)),
  );
  return (await claim(around.db, { source, run: id, holder })) ? { ...run, holder } : undefined;
}

function asRow({ pages, ...names }: TableRun["relations"][number]) {
  return { table: names.relation, ...names, pages: String(pages) };
}

/** Takes the next part of a table: first the database's own tally of it, then its rows. */
async function takePart(run: SnapshotRun, table: TableRun, options: SnapshotTable | undefined, around: Around) {
  const { db, upload } = around;
  const relation = table.relations[table.at.relation];
  if (relation === undefined) return;
  const part = partOf(relation, table.at.page);
  const names = table.columns.map(({ name }) => name);
  const [counted] = await db.query(sql.tallyPart(relation, table.columns.map(asNullable), part));
  const columns = table.columns.map((column) => ({ name: column.name, ...readColumn(column) }));
  const known = await knownColumns(around.catalog, run.source, table.table);
  await writePart(
    {
      run,
      table,
      columns: besideKnown(writtenColumns(columns, options?.pseudonyms, await around.readPseudonymKey()), known),
      rows: copiedRows(db.copy(sql.copyPart(relation, names, part))),
      counted: () => readTally(counted),
    },
    upload,
  );
  table.at = part?.to === undefined ? { relation: table.at.relation + 1, page: 0 } : { ...table.at, page: part.to };
}

/** The last part has no end: pages added since then hold nothing that the snapshot sees. */
function partOf({ kind, pages }: TableRun["relations"][number], page: number): sql.Part {
  if (kind !== "r" && kind !== "m") return undefined;
  const to = page + PAGES_AT_ONCE;
  return { from: page, to: to < pages ? to : undefined };
}

function asNullable({ name, notNull }: { name: string; notNull: string }) {
  return { name, notNull: notNull === "t" };
}

/**
 * Ends a run that is too old. While its transaction is open, no vacuum of the whole database removes a row that it can
 * see. https://www.postgresql.org/docs/current/routine-vacuuming.html
 */
function refuseOld({ run, source, at }: SnapshotRun, { maxMinutes = MAX_MINUTES }: SnapshotSource, now: number) {
  const minutes = Math.floor((now - at) / 60_000);
  if (minutes >= maxMinutes)
    throw new Error(
      `Cannot go on with run ${run} of ${source}: its transaction is ${minutes} minutes old (maxMinutes: ${maxMinutes})`,
    );
}

/** Starts the next holder, and holds the snapshot until that one has joined it. */
async function handOver(run: SnapshotRun, around: Around): Promise<Step> {
  const { db, sleep, remaining } = around;
  const next = { source: run.source, run: run.run, holder: run.holder + 1 };
  const snapshot = await exportSnapshot(db);
  await around.keepRun(run);
  await around.startNext({ ...next, snapshot });
  while (!(await isClaimed(db, next))) {
    if (remaining() < POLL_MS * 8)
      throw new Error(`Cannot hand over run ${run.run} of ${run.source}: nobody has taken it`);
    await sleep(POLL_MS);
  }
  await untilAlone(run, around);
  await db.query("COMMIT");
  return { handedTo: next.holder };
}

/**
 * Waits until the previous holder has seen that this one has begun: a quick holder could be gone before the other
 * looks.
 */
async function untilAlone({ source, run, holder }: SnapshotRun, { db, sleep, remaining }: Around): Promise<void> {
  while ((await isClaimed(db, { source, run, holder: holder - 1 })) && remaining() > POLL_MS * 8) await sleep(POLL_MS);
}
