/**
 * The columns of the `rejected` table: what collect could not accept, kept with the reason, so that nothing is silently
 * dropped and a mended client's data can be sent again.
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
 * One rejected event: `reason` is the path of the first error, `errors` all of them as JSON, `raw` the text as it came. A row with
 * `requests`, which is no column, is none: it says that so many requests were refused before an event was looked at.
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
  requests?: number;
};
