/** The records of a batch as the search for copies needs them. */

import { TRUSTED_APP } from "../schemas/trusted-app.ts";
import type { SentRecord } from "./find-repeats.ts";
import type { Batch } from "./read-batch.ts";

/** Those of events; lines without a batch id are a request of their own. */
export function sentRecords({ records }: Batch): SentRecord[] {
  return records.flatMap((record): SentRecord[] => {
    const [first] = record.kind === "events" ? record.rows : [];
    if (record.kind !== "events" || first === undefined) return [];
    const { app, batch_id, event_id, received_at } = first;
    return [
      {
        id: record.recordId,
        app,
        trusted: app === TRUSTED_APP,
        batchId: batch_id ?? event_id,
        receivedAt: received_at,
        eventIds: record.rows.map((row) => row.event_id),
        digest: record.digest.toString("base64"),
      },
    ];
  });
}
