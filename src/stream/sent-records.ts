/** The records of a batch in the form needed to find copies. */

import type { EventRow } from "../schemas/tables/event-columns.ts";
import { TRUSTED_APP } from "../schemas/trusted-app.ts";
import type { SentRecord } from "./find-repeats.ts";
import type { Batch } from "./read-batch.ts";

/**
 * The records of events, by the requests of their rows: collect writes a record for each request, and only those that
 * were made from several lines of a log have more. A row without a batch id is treated as a request of its own.
 */
export function sentRecords({ records }: Batch): SentRecord[] {
  return records.flatMap((record): SentRecord[] => {
    const [first] = record.kind === "events" ? record.rows : [];
    if (record.kind !== "events" || first === undefined) return [];
    const { recordId: id, rows } = record;
    const digest = record.digest.toString("base64");
    if (rows.every(({ batch_id }) => batch_id === first.batch_id)) return [sent(rows, first, { id, digest })];
    const requests = Map.groupBy(rows.keys(), (at) => rows[at]?.batch_id ?? rows[at]?.event_id);
    return [...requests.values()].flatMap((at) => {
      const own = at.flatMap((i) => rows[i] ?? []);
      const [start] = own;
      return start === undefined ? [] : [{ ...sent(own, start, { id, digest }), at }];
    });
  });
}

function sent(rows: readonly EventRow[], first: EventRow, record: { id: string; digest: string }): SentRecord {
  const { app, batch_id, event_id, received_at } = first;
  return {
    ...record,
    app,
    trusted: app === TRUSTED_APP,
    batchId: batch_id ?? event_id,
    receivedAt: received_at,
    eventIds: rows.map((row) => row.event_id),
  };
}
