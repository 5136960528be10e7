/** Which invocation is taking a run of a source, on the item of what is known about it (snapshot-states.ts). */
import type { RunClaim } from "../schemas/tables/snapshot-state.ts";
import { keyOf, number, type Table } from "./table.ts";

export const PARTITION = "snapshots";
/** A run that needs a single invocation: until when it is in progress, by which invocation, and which it is. */
const BUSY = { "#busy": "busy_until", "#by": "busy_by", "#run": "busy_run" };
const RUN = { "#run": "busy_run" };

export function createClaims(table: Pick<Table, "update">) {
  return {
    /**
     * Marks that an invocation takes a run, for as long as it can; false if another is at it. One that was killed and
     * is repeated takes the place of itself. Times are epoch ms.
     */
    claim: (source: string, { by, run, now, until }: RunClaim): Promise<boolean> =>
      table.update(keyOf(PARTITION, source), {
        UpdateExpression: "SET #busy = :until, #by = :by, #run = :run",
        ConditionExpression: "attribute_not_exists(#busy) OR #busy < :now OR #by = :by",
        ExpressionAttributeNames: BUSY,
        ExpressionAttributeValues: {
          ":now": number(now),
          ":until": number(until),
          ":by": { S: by },
          ":run": { S: run },
        },
      }),

    isClaimed: (source: string, run: string): Promise<boolean> =>
      table.update(keyOf(PARTITION, source), {
        UpdateExpression: "SET #run = :run",
        ConditionExpression: "#run = :run",
        ExpressionAttributeNames: RUN,
        ExpressionAttributeValues: { ":run": { S: run } },
      }),

    /** Nothing happens if another run is in progress by now. */
    async release(source: string, run: string): Promise<void> {
      await table.update(keyOf(PARTITION, source), {
        UpdateExpression: "REMOVE #busy, #by, #run",
        ConditionExpression: "#run = :run",
        ExpressionAttributeNames: BUSY,
        ExpressionAttributeValues: { ":run": { S: run } },
      });
    },
  };
}
