/**
 * The columns of the `events` table: what one line of a Firehose record may hold, and what Athena can query. This list
 * is the single source for the Glue table (infra), for the row type that collect writes, and for the SQL of the
 * rollups. Columns are only ever added: Firehose and Parquet read by name, and a changed type makes old files
 * unreadable.
 * https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html
 */
export const eventColumns = {
  event_id: "string",
  batch_id: "string",
  name: "string",
  app: "string",
  day: "string",
  occurred_at: "timestamp",
  received_at: "timestamp",
  visitor_id: "string",
  session_id: "string",
  user_id: "string",
  url: "string",
  host: "string",
  path: "string",
  referrer: "string",
  referrer_host: "string",
  channel: "string",
  title: "string",
  target: "string",
  amount: "bigint",
  currency: "string",
  utm_source: "string",
  utm_medium: "string",
  utm_campaign: "string",
  utm_term: "string",
  utm_content: "string",
  device: "string",
  browser: "string",
  os: "string",
  is_bot: "boolean",
  country: "string",
  language: "string",
  method: "string",
  status: "int",
  bytes: "bigint",
  level: "string",
  service: "string",
  message: "string",
  template: "string",
  page_number: "int",
  previous_path: "string",
  elapsed_ms: "int",
  entry_path: "string",
  first_channel: "string",
  first_referrer_host: "string",
  first_utm_source: "string",
  first_utm_medium: "string",
  first_utm_campaign: "string",
  properties: "string",
  is_copy: "boolean",
  visitor_register: "int",
  visitor_rank: "int",
  user_register: "int",
  user_rank: "int",
} as const satisfies Record<string, ColumnType>;

export type ColumnType = "string" | "timestamp" | "bigint" | "int" | "boolean";
export type EventColumn = keyof typeof eventColumns;

type RequiredColumn = "event_id" | "name" | "app" | "day" | "occurred_at" | "received_at";
type ColumnValue = { string: string; timestamp: string; bigint: number; int: number; boolean: boolean };

/**
 * One event as it is sent to and stored in the lake. Times are ISO 8601 in UTC with milliseconds (`…Z`); absent means
 * null.
 */
export type EventRow = { [C in Extract<EventColumn, RequiredColumn>]: ColumnValue[(typeof eventColumns)[C]] } & {
  [C in Exclude<EventColumn, RequiredColumn>]?: ColumnValue[(typeof eventColumns)[C]];
};
