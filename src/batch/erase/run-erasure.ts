/** An erasure from the batch's input to its report, and the completion of erasures that died. */
import type { Person } from "../../athena-queries/person-rows.ts";
import { dayOf } from "../../metrics/time-bucket.ts";
import type { PersonRequest } from "../../schemas/api/batch-request.ts";
import { type EraseOptions, type EraseReport, erasePerson, type Failure, type Progress } from "./erase-person.ts";
import { carryOut, readPlan, STALE_MS } from "./replace-files.ts";

type Log = Record<"info" | "error", (message: string, fields: Record<string, unknown>) => void>;
export type ErasureOptions = Pick<EraseOptions, "lake" | "samples" | "clock" | "pause"> & {
  ledger: {
    readDays(from: string, to: string): Promise<readonly { day: string }[]>;
    plans(): Promise<ReadonlyMap<string, number>>;
    begin(now: number, until: number): Promise<boolean>;
    end(): Promise<void>;
    forgetAnswers(): Promise<void>;
  };
  timezone: string;
  newId: (now: number) => string;
  log: Log;
};

export function createErasure({ ledger, timezone, newId, log, ...options }: ErasureOptions) {
  const { lake, clock } = options;
  const progress = (done: Progress) => log.info("Erasing", done);
  const failed = (failure: Failure) => log.error("Cannot erase all", failure);
  return {
    /**
     * Carries out the plans of runs that died, unless an erasure is going on. `leftMs` is how long this run may live.
     */
    async carryOut(leftMs: number): Promise<void> {
      const stale = [...(await ledger.plans())].filter(([, at]) => clock() - at > STALE_MS).map(([id]) => id);
      if (stale.length > 0 && (await ledger.begin(clock(), clock() + leftMs)))
        await carryOutAll(stale).finally(() => ledger.end());
    },

    /**
     * Erases a person; `hasTime` says whether there is time for another step of about a minute. Throws while another
     * erasure is going on, or while one that died may still be.
     */
    async erase(request: PersonRequest, leftMs: number, hasTime: () => boolean): Promise<EraseReport> {
      if (!(await ledger.begin(clock(), clock() + leftMs)))
        throw new Error(
          "Cannot erase: another erasure is running, or was until it died; try again in a quarter of an hour",
        );
      try {
        return await eraseAlone(request, hasTime);
      } finally {
        await ledger.end();
      }
    },
  };

  async function eraseAlone(request: PersonRequest, hasTime: () => boolean): Promise<EraseReport> {
    await carryOutAll((await ledger.plans()).keys());
    const days = (await ledger.readDays("0000-00-00", "9999-99-99")).map(({ day }) => day);
    const today = dayOf(clock(), timezone);
    const own = { days, today, newId: () => newId(clock()), hasTime, progress, failed };
    const erased = await erasePerson(toPerson(request), { ...options, ...own });
    const report = { ...erased, complete: erased.complete && (await ledger.plans()).size === 0 };
    await ledger.forgetAnswers();
    log.info("Erasing ended", report);
    return report;
  }

  async function carryOutAll(ids: Iterable<string>): Promise<void> {
    for (const id of ids) await carryOutOne(id).catch((error) => failed({ what: id, error }));
  }

  /**
   * A note without a plan belongs to a plan that was never written or is already carried out; nobody else works on it
   * now.
   */
  async function carryOutOne(id: string): Promise<void> {
    const plan = await readPlan(id, lake);
    if (plan === undefined) await lake.ledger.forgetPlan(id);
    else await carryOut(plan, lake, clock());
  }
}

function toPerson({ visitor_id, user_id = "" }: PersonRequest): Person {
  return visitor_id === undefined ? { column: "user_id", id: user_id } : { column: "visitor_id", id: visitor_id };
}
