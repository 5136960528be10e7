/** How many rows the lake holds for each day, even if the files of some days are damaged. */
import type { Athena } from "../athena-queries/athena.ts";
import type { RollupStatements } from "../athena-queries/rollup-statements.ts";
import type { Sql } from "../athena-queries/sql.ts";
import { AthenaQueryError } from "../errors.ts";

const DAYS_PER_COUNT = 400;
/** Fewer where each day is compared with months of days around it. */
const DAYS_PER_SEARCH = 10;
/** If more days than this cannot be counted, it is Athena that fails, not single files. */
const MOST_UNCOUNTED = 32;

/** Rows by day (a day without rows is absent), and the days that Athena could not count, each with its error. */
export type CountedRows = { rows: Map<string, number>; uncounted: Map<string, AthenaQueryError> };

type Options = { athena: Pick<Athena, "run">; statements: RollupStatements };
type Counting = Options & { query: (days: readonly string[]) => Sql; counted: CountedRows };

export type RowCounts = ReturnType<typeof createRowCounts>;

export function createRowCounts(options: Options) {
  const { statements } = options;
  return {
    /** Rows of the lake's raw events. */
    countRows: (days: readonly string[]) => countAll(days, statements.countRows, options),

    /** Events of `daily_events`, as written when the days were sealed. */
    countEvents: (days: readonly string[]) => countAll(days, statements.countEvents, options),

    /** Event ids that several different events have. */
    countReused: (days: readonly string[]) => countAll(days, statements.countReused, options),

    /**
     * Events of which the lake holds a copy, but not the copy that counts: 0 for a day that has copies and lacks none.
     * Nearly all copies are met on their day or beside it, so only for the others more days are read.
     */
    async countUnmet(days: readonly string[]): Promise<CountedRows> {
      const copies = await countAll(days, statements.countCopies, options);
      const beside = await countAll([...copies.rows.keys()], statements.countUnmet, options);
      const anywhere = await countAll([...beside.rows.keys()], statements.countUnmetAnywhere, options, DAYS_PER_SEARCH);
      const met = [...copies.rows.keys()].map((day): [string, number] => [day, 0]);
      const uncounted = new Map([...copies.uncounted, ...beside.uncounted, ...anywhere.uncounted]);
      return { rows: new Map([...met, ...anywhere.rows]), uncounted };
    },
  };
}

async function countAll(
  days: readonly string[],
  query: Counting["query"],
  options: Options,
  atOnce = DAYS_PER_COUNT,
): Promise<CountedRows> {
  const counted: CountedRows = { rows: new Map(), uncounted: new Map() };
  for (let at = 0; at < days.length; at += atOnce)
    await count(days.slice(at, at + atOnce), { ...options, query, counted });
  return counted;
}

/** One damaged file fails the query for all days, so the days are halved until the damaged one is alone. */
async function count(days: readonly string[], counting: Counting): Promise<void> {
  const { athena, statements, query, counted } = counting;
  try {
    const rows = await athena.run(query(days), { schema: statements.countedRow });
    for (const row of rows) counted.rows.set(row.dt, row.rows);
  } catch (error) {
    if (!(error instanceof AthenaQueryError) || counted.uncounted.size >= MOST_UNCOUNTED) throw error;
    const half = days.length >> 1;
    if (half === 0) for (const day of days) counted.uncounted.set(day, error);
    else for (const some of [days.slice(0, half), days.slice(half)]) await count(some, counting);
  }
}
