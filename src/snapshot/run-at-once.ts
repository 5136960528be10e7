/**
 * A run of a source that cannot hand over what it sees: everything in one invocation, or nothing. A run that would take
 * longer is refused; one that another invocation has begun is left to that invocation, unless it was killed: its retry begins another.
 */
import type { SnapshotSource } from "../schemas/snapshot-source.ts";
import type { RowDigest, RowTally } from "../sources/rows/tally.ts";
import { type Column, writtenColumns } from "./column.ts";
import { besideKnown } from "./lake-tables.ts";
import { type TakenTable, untaken } from "./run.ts";
import { knownColumns } from "./show-tables.ts";
import { RESERVE_MS, type Step, type Surroundings } from "./surroundings.ts";
import { placeRun, writePart } from "./write-part.ts";
import type { SourceRow } from "./write-rows.ts";

/** A table of a source at the instant of a run. */
export type WholeTable = {
  table: string;
  columns: readonly Column[];
  /** `within`: how long it may take, in ms. */
  rows(within: number): AsyncIterable<readonly SourceRow[]>;
  /** What the source itself counts of it, asked after its rows. */
  counted(within: number): Partial<RowTally> | Promise<Partial<RowTally>>;
  /** With what the source digests rows; MD5 if it does not say. */
  digest?: RowDigest;
  /** How many rows went away while they were read. */
  skipped?(): number;
};

/** What a run sees: at which instant (epoch ms), and whether all tables are of that instant. */
export type Sight = { at: number; isConsistent: boolean; tables: readonly WholeTable[] };

/** Takes a run of the source that `open` opens. */
export async function takeAtOnce(
  settings: SnapshotSource,
  open: () => Promise<Sight>,
  around: Surroundings,
): Promise<Step> {
  const { source } = settings;
  const { claim, isClaimed, release, clock, remaining, invocation: by } = around;
  const id = around.newRun();
  if (!(await claim(source, { by, run: id, now: clock(), until: clock() + remaining() }))) return { busy: true };
  try {
    const { at, isConsistent, tables } = await open();
    const run = { source, run: id, at, ...around.partitionOf(at), holder: 1, isConsistent };
    const key = await around.readPseudonymKey();
    const done: TakenTable[] = [];
    for (const table of tables) {
      const hidden = settings.tables.find((one) => one.table === table.table)?.pseudonyms;
      const known = await knownColumns(around.catalog, source, table.table);
      const columns = besideKnown(writtenColumns(table.columns, hidden, key), known);
      const taken = untaken(table.table);
      await takeTable({ run, table: taken, columns }, table, around);
      done.push(taken);
    }
    if (!(await isClaimed(source, id)))
      throw new Error(`Cannot end run ${id} of ${source}: a repeat of its invocation has begun another`);
    return await placeRun({ ...run, tables: done }, around);
  } finally {
    await release(source, id);
  }
}

async function takeTable(
  part: Pick<Parameters<typeof writePart>[0], "run" | "table" | "columns">,
  { rows, counted, digest, skipped }: WholeTable,
  { upload, remaining }: Surroundings,
): Promise<void> {
  const left = () => remaining() - RESERVE_MS;
  try {
    await writePart(
      { ...part, digest, rows: inTime(rows(Math.max(left(), 1)), left), counted: () => counted(Math.max(left(), 1)) },
      upload,
    );
    part.table.skipped += skipped?.() ?? 0;
  } catch (error) {
    if (left() > 0) throw error;
    const message = `Cannot take a snapshot of ${part.run.source}: it takes longer than one invocation, and no other can go on with it; make it several sources`;
    throw new Error(message, { cause: error });
  }
}

/** The rows; throws when the time is over. */
async function* inTime<T>(rows: AsyncIterable<T>, left: () => number): AsyncGenerator<T> {
  for await (const some of rows) {
    if (left() <= 0) throw new Error("The time of the invocation is up");
    yield some;
  }
}
