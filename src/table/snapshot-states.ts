/** What is known about each source's snapshots: one item per source (`pk = snapshots`, `sk = <source>`). */
import {
  type FailedSnapshot,
  type FinishedSnapshot,
  failedSnapshot,
  finishedSnapshot,
  type SnapshotState,
} from "../schemas/tables/snapshot-state.ts";
import { createClaims, PARTITION } from "./snapshot-claims.ts";
import { type Attribute, keyOf, type Table } from "./table.ts";

const ATTRIBUTES = { "#last": "last", "#failed": "failed" };
export type SnapshotStates = ReturnType<typeof createSnapshotStates>;

export function createSnapshotStates(table: Pick<Table, "update" | "query">) {
  return {
    /** A run is complete: this clears an earlier failure. */
    async finish(source: string, snapshot: FinishedSnapshot): Promise<void> {
      await table.update(keyOf(PARTITION, source), {
        UpdateExpression: "SET #last = :last REMOVE #failed",
        ExpressionAttributeNames: ATTRIBUTES,
        ExpressionAttributeValues: { ":last": { S: JSON.stringify(snapshot) } },
      });
    },

    /** A run failed: the last complete one stays. */
    async fail(source: string, failed: FailedSnapshot): Promise<void> {
      await table.update(keyOf(PARTITION, source), {
        UpdateExpression: "SET #failed = :failed",
        ExpressionAttributeNames: { "#failed": "failed" },
        ExpressionAttributeValues: { ":failed": { S: JSON.stringify(failed) } },
      });
    },

    ...createClaims(table),

    /** All sources, by name. */
    read: async (): Promise<SnapshotState[]> =>
      (await table.query({ pk: PARTITION })).map(({ sk, last, failed }) => ({
        source: sk?.S ?? "",
        last: finishedSnapshot.safeParse(json(last)).data,
        failed: failedSnapshot.safeParse(json(failed)).data,
      })),
  };
}

function json(attribute: Attribute | undefined): unknown {
  return attribute?.S === undefined ? undefined : JSON.parse(attribute.S);
}
