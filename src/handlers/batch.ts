/**
 * The scheduled batch: seals the days that are over. It may run at any time, twice at once, and die anywhere; what one run
 * does not finish, the next one does. `{"rebuild": {"from", "to"}}` rolls days up again, which gives a new metric its history;
 * `{"erase": {"visitor_id"}}` or `{"erase": {"user_id"}}` takes one person out of the lake.
 */
import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { AthenaClient } from "@aws-sdk/client-athena";
import { S3Client } from "@aws-sdk/client-s3";
import middy from "@middy/core";
import type { Context } from "aws-lambda";
import { personStatements } from "../athena-queries/person-rows.ts";
import { type Placed, rollupStatements } from "../athena-queries/rollup-statements.ts";
import { createAthena } from "../aws/athena.ts";
import { createBlocks } from "../aws/dynamodb/blocks.ts";
import { createDynamoDbClient } from "../aws/dynamodb/client.ts";
import { createDayLedger, type DayLedger } from "../aws/dynamodb/day-ledger.ts";
import { createErasureLedger } from "../aws/dynamodb/erasure-ledger.ts";
import { createRejectedSamples } from "../aws/dynamodb/rejected-samples.ts";
import { createSealedDays, type SealedDays as SealedDaysStore } from "../aws/dynamodb/sealed-days.ts";
import { createTableZone } from "../aws/dynamodb/table-zone.ts";
import { forEachLimited } from "../aws/for-each-limited.ts";
import { createLakeErasures } from "../aws/lake-erasures.ts";
import { createRollups, type Rollups } from "../aws/rollups.ts";
import { createS3Objects, type S3Objects } from "../aws/s3-objects.ts";
import {
  type BatchClock,
  type DayPlan,
  daysThatMayWait,
  daysToCheck,
  daysToRebuild,
  expiredDays,
  findLost,
  lostMonths,
  monthsToRollUp,
  planDays,
  type Result,
  type SealedDays,
  toSummary,
  waitForCopies,
  watermarkOf,
} from "../batch/batch.ts";
import { type DriftOptions, noteDrift } from "../batch/note-drift.ts";
import { removeSuperseded, type SupersededOptions } from "../batch/remove-superseded.ts";
import { createErasure } from "../batch/run-erasure.ts";
import { batchConfig } from "../config.ts";
import { withInvocation } from "../invocation.ts";
import { log, metric } from "../log.ts";
import { catalog } from "../metrics/catalog.ts";
import { dayOf } from "../metrics/time-bucket.ts";
import { type BatchRequest, batchRequest } from "../schemas/api/batch-request.ts";
import { describeRequest } from "../schemas/describe-issue.ts";
import type { BlockStore } from "../table/block-store.ts";
import { type BatchRun, hasBlocks, type LedgerDay, type RollupState } from "../table/day-state.ts";
import { zoneProblem } from "../table/time-zone.ts";

type Options = Omit<BatchClock, "now"> & {
  ledger: DayLedger;
  sealedDays: SealedDaysStore;
  rollups: Rollups;
  blocks: Pick<BlockStore, "get">;
  clock: () => number;
};
type Lambda = Pick<Context, "getRemainingTimeInMillis">;

const DAYS_AT_ONCE = 4;
/** No day is started when less time than this is left: rolling one up takes seconds, on a bad day a minute. */
const TIME_FOR_A_DAY_MS = 120_000;

/** The handler over a ledger and the rollups. Rejects when there were days to seal and not one could be. */
export function createBatch(options: Options) {
  const { ledger, rollups, clock } = options;
  return async (event: unknown, lambda: Lambda): Promise<BatchRun> => {
    const { rebuild } = readRequest(event);
    const at: BatchClock = { ...options, now: clock() };
    const state = await ledger.readState();
    await ledger.advanceWatermark(watermarkOf(state, at));
    const sealed = await findSealed(state, options);
    const days = rebuild === undefined ? daysToCheck(state, sealed, at) : daysToRebuild(rebuild, at);
    const known = await ledger.getDays(days);
    const { rows, uncounted } = await rollups.countRows(days);
    const { rows: kept, uncounted: unread } = await rollups.countEvents(expiredDays(known, rows));
    const results = new Map<string, Result>();
    for (const [day, error] of unread) uncounted.set(day, error);
    for (const [day, error] of uncounted) {
      log.error("Cannot count rows of day", { day, error });
      results.set(day, "failed");
    }
    const counted = days.filter((day) => !uncounted.has(day));
    const isRebuild = rebuild !== undefined;
    const planned = planDays({ days: counted, known, rows, kept, sealed, state, isRebuild }, at);
    const plans = waitForCopies(planned, await findUnmet(daysThatMayWait(planned, at), options));
    await forEachLimited(plans, DAYS_AT_ONCE, async (plan) => {
      const inTime = lambda.getRemainingTimeInMillis() >= TIME_FOR_A_DAY_MS;
      results.set(plan.day.day, inTime ? await attempt(plan, options) : "waiting");
    });
    await ledger.advanceWatermark(watermarkOf(await ledger.readState(), at));
    const whole = plans.filter(({ day, source }) => source === "events" && results.get(day.day) === "sealed");
    await noteReused(whole, options, lambda);
    await compareLayers(whole, { state, at, options, lambda });
    const months = await rollUpMonths(options, at, lambda);
    return finish({ startedAt: at.now, endedAt: clock(), ...toSummary(results), months }, ledger);
  };
}

/** Those of the days that have to wait for copies. One of which Athena cannot say waits, too. */
async function findUnmet(days: readonly string[], { rollups }: Options): Promise<Set<string>> {
  if (days.length === 0) return new Set();
  const { rows, uncounted } = await rollups.countUnmet(days);
  return new Set([...rows.keys(), ...uncounted.keys()]);
}

/**
 * What has become of the days and months that are sealed. The catalog's list of partitions costs nothing to read, however many years
 * there are. All days of the ledger are read only until none is left that an older release has sealed.
 */
async function findSealed(state: RollupState, { ledger, sealedDays, rollups }: Options): Promise<SealedDays> {
  // First: what is listed was in the catalog before.
  const listed = await sealedDays.read();
  const [days, events, monthly, byMonth] = await Promise.all([
    rollups.partitions("rollups"),
    rollups.partitions("daily_events"),
    rollups.partitions("rollups_monthly"),
    rollups.partitions("rollups_by_month"),
  ]);
  for (const month of lostMonths(state, monthly, byMonth)) await ledger.forgetMonth(month);
  const all = state.hasNewRollups ? [] : await ledger.readDays("0000", "9999");
  const sealed = findLost(listed, { rollups: days, daily_events: events }, all);
  if (!state.hasNewRollups && sealed.old.size === 0) await ledger.recordNewRollups();
  return sealed;
}

function readRequest(event: unknown): BatchRequest {
  const request = batchRequest.safeParse(event ?? {});
  if (request.success) return request.data;
  throw new TypeError(`Cannot run batch: ${describeRequest(request.error.issues, event)}`);
}

async function attempt(plan: DayPlan, options: Options): Promise<Result> {
  try {
    return await actions[plan.decision](plan, options);
  } catch (error) {
    log.error("Cannot seal day", { day: plan.day.day, error });
    return "failed";
  }
}

const actions: Record<DayPlan["decision"], (plan: DayPlan, options: Options) => Promise<Result>> = {
  seal,
  "seal-short": seal,
  "seal-again": async ({ day, rows, ...plan }, { rollups, clock }) => {
    const most = Math.max(rows, day.sealedRows ?? 0);
    return (await rollups.seal({ ...plan, day, rows: most }, newRun(clock()), clock)) ? "sealed" : "waiting";
  },
  convert: async (plan, { rollups, clock }) =>
    (await rollups.convert(plan, newRun(clock()), clock)) ? "sealed" : "waiting",
  restore: async (plan, { rollups, clock }) =>
    (await rollups.restore(plan, newRun(clock()), clock)) ? "sealed" : "waiting",
  wait: async ({ day, waiting }, { ledger }) => {
    await ledger.recordWaiting(day.day, waiting);
    return "waiting";
  },
  "give-up": async ({ day, rows, mark }, { ledger }) => {
    const missing = Math.max(1, day.seen - (day.sealedRows ?? 0));
    metric("IncompleteDay", { day: day.day, missing, rows, reason: "raw events have expired, so the rollup is kept" });
    await ledger.recordShort(day.day, missing);
    if (mark !== undefined) await ledger.close(day, mark);
    return "failed";
  },
};

async function seal(plan: DayPlan, { ledger, rollups, clock }: Options): Promise<Result> {
  const { day, missing, wasShort, decision } = plan;
  const isSealed = await rollups.seal(plan, newRun(clock()), clock);
  if (isSealed && (missing > 0 || wasShort)) await ledger.recordShort(day.day, missing);
  if (isSealed && decision === "seal-short") metric("IncompleteDay", { day: day.day, missing, seen: day.seen });
  return isSealed ? "sealed" : "waiting";
}

/** For the status alone: what fails or finds no time here is left out. */
async function noteReused(sealed: readonly DayPlan[], { ledger, rollups }: Options, lambda: Lambda): Promise<void> {
  if (sealed.length === 0 || lambda.getRemainingTimeInMillis() < TIME_FOR_A_DAY_MS) return;
  try {
    const { rows } = await rollups.countReused(sealed.map(({ day }) => day.day));
    for (const { day } of sealed) {
      const ids = rows.get(day.day) ?? 0;
      if (ids !== (day.reusedIds ?? 0)) await ledger.recordReused(day.day, ids);
      if (ids > 0) log.warn("Event ids stand for several events", { day: day.day, ids });
    }
  } catch (error) {
    log.warn("Cannot count event ids that stand for several events", { error });
  }
}

type Run = { state: RollupState; at: BatchClock; options: Options; lambda: Lambda };

/** What fails or finds no time here is left out: the days are sealed, and are compared when they are sealed again. */
async function compareLayers(sealed: readonly DayPlan[], { state, at, options, lambda }: Run): Promise<void> {
  if (lambda.getRemainingTimeInMillis() < TIME_FOR_A_DAY_MS) return;
  const { ledger, blocks, rollups, timezone } = options;
  const whole = sealed.flatMap(({ day, missing }) => (missing === 0 && hasBlocks(day, at.now) ? [day] : []));
  const differs: DriftOptions["differs"] = (audit) => metric("Drift", audit);
  try {
    // The rollup may hold what came after its day was read: such a day is compared when it is sealed again.
    const now = await ledger.getDays(whole.map(({ day }) => day));
    const isAsRead = ({ day, frontier }: LedgerDay) => now.get(day)?.frontier.version === frontier.version;
    await noteDrift(
      whole.filter(isAsRead),
      { state, today: dayOf(at.now, timezone) },
      { blocks, digests: rollups.digests, catalog, ledger, differs },
    );
  } catch (error) {
    log.warn("Cannot compare days with what was counted live", { error });
  }
}

/** Days come first; what fails or finds no time here is done by the next run, and no number depends on it. */
async function rollUpMonths({ ledger, rollups, clock }: Options, at: BatchClock, lambda: Lambda): Promise<string[]> {
  const state = await ledger.readState();
  const done: string[] = [];
  for (const month of monthsToRollUp(state, at)) {
    if (lambda.getRemainingTimeInMillis() < TIME_FOR_A_DAY_MS) break;
    try {
      if (await rollups.rollUpMonth(month, newRun(clock()), { version: state.rollupVersion, now: clock() }))
        done.push(month);
    } catch (error) {
      log.error("Cannot roll up month", { month, error });
    }
  }
  return done;
}

function newRun(now: number): string {
  return `${new Date(now).toISOString().replace(/[-:.]/g, "")}-${randomUUID().slice(0, 8)}`;
}

async function finish(run: BatchRun, ledger: DayLedger): Promise<BatchRun> {
  await ledger.recordRun(run);
  log.info("Batch run ended", run);
  if (run.failed.length > 0 && run.sealed.length + run.waiting.length === 0)
    throw new Error(`Cannot seal any of ${run.failed.length} days: the log says why of each`);
  return run;
}

export const handler = withInvocation(middy<unknown>().handler(createFromEnvironment()));

function createFromEnvironment() {
  const { table, workgroup, database, lakeBucket, ...clock } = batchConfig();
  const store = { client: createDynamoDbClient(), table };
  const [ledger, sealedDays] = [createDayLedger(store), createSealedDays(store)];
  const athena = createAthena({ client: new AthenaClient({}), workGroup: workgroup, database });
  const statements = rollupStatements(catalog, lakeBucket, clock.timezone);
  const rollups = createRollups({ athena, ledger, sealedDays, statements });
  const erasing = createErasureLedger(store);
  const objects = createS3Objects({ client: new S3Client({}), bucket: lakeBucket });
  const erasure = createErasure({
    lake: createLakeErasures({ athena, objects, ledger: erasing, statements: personStatements, rollups: statements }),
    ledger: { ...erasing, readDays: ledger.readDays },
    samples: createRejectedSamples(store),
    timezone: clock.timezone,
    clock: () => Date.now(),
    newId: newRun,
    pause: wait,
    log,
  });
  const batch = createBatch({
    ...clock,
    ledger,
    sealedDays,
    rollups,
    blocks: createBlocks(store),
    clock: () => Date.now(),
  });
  const tidy = createTidy({ sealedDays, rollups, objects, folderOf: statements.folderOf });
  const tableZone = createTableZone({ ...store, timezone: clock.timezone, clock: () => Date.now() });
  return async (event: unknown, lambda: Lambda) => {
    const { erase } = readRequest(event);
    const problem = zoneProblem(clock.timezone, await tableZone.claim());
    if (problem !== undefined) throw new Error(`Cannot run batch: ${problem}`);
    const hasTime = () => lambda.getRemainingTimeInMillis() >= TIME_FOR_A_DAY_MS;
    const leftMs = lambda.getRemainingTimeInMillis();
    if (erase !== undefined) return erasure.erase(erase, leftMs, hasTime);
    await erasure.carryOut(leftMs);
    const run = await batch(event, lambda);
    await tidy(hasTime);
    return run;
  };
}

type Tidying = { sealedDays: SealedDaysStore; rollups: Rollups; objects: S3Objects } & Pick<
  SupersededOptions,
  "folderOf"
>;

/** Never rejects: what is left over costs storage, and the next run finds it again. */
function createTidy({ sealedDays, rollups, objects, folderOf }: Tidying) {
  const options = {
    moved: { read: sealedDays.readMoved, forget: sealedDays.forgetMoved },
    objects,
    currentFiles: rollups.currentFiles,
    folderOf,
    clock: () => Date.now(),
    failed: (error: unknown, placed: Placed) => log.warn("Cannot remove earlier runs", { ...placed, error }),
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
