/** The records of a batch in the form needed to find copies. */

import { TRUSTED_APP } from "../schemas/trusted-app.ts";
import type { SentRecord } from "./find-repeats.ts";
import type { Batch } from "./read-batch.ts";

/** The records of events. A record without a batch id is treated as a request of its own. */
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
