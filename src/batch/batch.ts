/**
 * The scheduled batch. `{"rebuild": {"from", "to"}}` rolls days up again, which gives a new metric its history;
 * `{"erase": {"visitor_id"}}` or `{"erase": {"user_id"}}` erases one person from the lake. Without a request, the batch
 * carries out the erasures of runs that died, seals the days that are over (seal-run.ts), and removes what earlier runs
 * left behind (remove-superseded.ts). The order matters: a day whose files are being replaced cannot be sealed, and
 * replaced files may be removed only after the day is in place.
 */
import type { Athena } from "../athena-queries/athena.ts";
import type { PersonStatements } from "../athena-queries/person-rows.ts";
import type { RollupStatements } from "../athena-queries/rollup-statements.ts";
import type { Metric } from "../metrics/define-metric.ts";
import type { Reporter } from "../reporter.ts";
import { type BatchRequest, batchRequest } from "../schemas/api/batch-request.ts";
import { describeRequest } from "../schemas/describe-issue.ts";
import type { SealedPartition } from "../schemas/tables/sealed-tables.ts";
import { createBlocks } from "../table/blocks/stored-blocks.ts";
import { createDayLedger } from "../table/days/day-ledger.ts";
import { createErasureLedger } from "../table/days/erasure-ledger.ts";
import { createSealedDays, type SealedDays } from "../table/days/sealed-days.ts";
import { createRejectedSamples } from "../table/rejected-samples.ts";
import type { Table } from "../table/table.ts";
import { createTableZone, zoneProblem } from "../table/time-zone.ts";
import { createRowCounts } from "./count-rows.ts";
import { createLakeErasures } from "./erase/lake-erasures.ts";
import type { Objects } from "./erase/replace-files.ts";
import { createErasure } from "./erase/run-erasure.ts";
import { removeSuperseded } from "./remove-superseded.ts";
import { createRollups, type Rollups } from "./rollups.ts";
import type { SealOptions } from "./run.ts";
import { createSealRun } from "./seal-run.ts";

export type BatchOptions = Pick<Reporter, "log" | "metric"> &
  Pick<SealOptions, "timezone" | "settleMinutes" | "sealDeadlineHours" | "clock" | "newRun"> & {
    table: Table;
    athena: Athena;
    objects: Objects;
    catalog: readonly Metric[];
    statements: RollupStatements;
    personStatements: PersonStatements;
    pause: (ms: number) => Promise<unknown>;
  };

/** No day is started with less time left than this: rolling one up takes seconds, on a bad day a minute. */
const TIME_FOR_A_DAY_MS = 120_000;

/** The batch on a table and a lake. `leftMs` returns how long the current run may still live. */
export function createBatch(options: BatchOptions) {
  const { table, athena, statements, timezone, clock } = options;
  const [ledger, sealedDays] = [createDayLedger(table), createSealedDays(table)];
  const rollups = {
    ...createRollups({ athena, ledger, sealedDays, statements }),
    ...createRowCounts({ athena, statements }),
  };
  const erasure = createErasureOf(options);
  const seal = createSealRun({ ...options, ledger, sealedDays, rollups, blocks: createBlocks(table) });
  const tidy = createTidy(options, sealedDays, rollups);
  const tableZone = createTableZone({ ...options, table });
  return async (event: unknown, leftMs: () => number) => {
    const { erase, ...request } = readRequest(event);
    const problem = zoneProblem(timezone, await tableZone.claim());
    if (problem !== undefined) throw new Error(`Cannot run batch: ${problem}`);
    const hasTime = () => leftMs() >= TIME_FOR_A_DAY_MS;
    if (erase !== undefined) return erasure.erase(erase, leftMs(), hasTime);
    await erasure.carryOut(leftMs());
    const run = await seal(request, hasTime);
    await tidy(hasTime);
    return run;
  };

  function createErasureOf({ objects, personStatements, newRun, pause, log }: BatchOptions) {
    const erasing = createErasureLedger(table);
    return createErasure({
      lake: createLakeErasures({ athena, objects, ledger: erasing, statements: personStatements, rollups: statements }),
      ledger: { ...erasing, readDays: ledger.readDays },
      samples: createRejectedSamples(table),
      timezone,
      clock,
      newId: newRun,
      pause,
      log,
    });
  }
}

function readRequest(event: unknown): BatchRequest {
  const request = batchRequest.safeParse(event ?? {});
  if (request.success) return request.data;
  throw new TypeError(`Cannot run batch: ${describeRequest(request.error.issues, event)}`);
}

/** Never rejects: what is left over costs storage, and the next run finds it again. */
function createTidy({ objects, statements, clock, log }: BatchOptions, sealedDays: SealedDays, rollups: Rollups) {
  const options = {
    moved: { read: sealedDays.readMoved, forget: sealedDays.forgetMoved },
    objects,
    currentFiles: rollups.currentFiles,
    folderOf: statements.folderOf,
    clock,
    failed: (error: unknown, at: SealedPartition) => log.warn("Cannot remove earlier runs", { ...at, error }),
  };
  return async (hasTime: () => boolean): Promise<void> => {
    try {
      const objects = await removeSuperseded({ ...options, hasTime });
      if (objects > 0) log.info("Removed files of earlier runs", { objects });
    } catch (error) {
      log.warn("Cannot remove earlier runs", { error });
    }
  };
}
