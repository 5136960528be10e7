/**
 * The columns of the `rejected` table: what collect could not accept, stored with the reason, so that nothing is
 * silently dropped, and a client that was fixed can send its data again.
 */
export const rejectedColumns = {
  received_at: "timestamp",
  day: "string",
  app: "string",
  event_id: "string",
  name: "string",
  reason: "string",
  errors: "string",
  raw: "string",
} as const;

/**
 * One rejected event: `reason` is the path of the first error, `errors` all of them as JSON, `raw` the original text. A
 * row with `requests`, which is not a column, is not an event: it says that so many requests were refused before any
 * event was looked at. `source`, which is no column either, says where it came from.
 */
export type RejectedRow = {
  received_at: string;
  day: string;
  app: string;
  event_id?: string;
  name?: string;
  reason: string;
  errors: string;
  raw: string;
  source?: string;
  requests?: number;
};
