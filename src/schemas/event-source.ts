/**
 * Where events come from, as the status counts them. The list is closed, so that nothing from outside can add a name.
 * Collect writes the source on the first row of each record, and on each rejected row, unless the app says it; it is
 * not a column.
 */
import { TRUSTED_APP } from "./trusted-app.ts";

/** Pages and apps, servers with the trusted key, and one name for each other way in. */
export const eventSources = [
  "apps",
  "pixel",
  "servers",
  "import",
  "otlp",
  "access_logs",
  "app_logs",
  "cloudwatch",
  "buckets",
  "cloudfront",
  "kafka",
] as const;
export type SourceName = (typeof eventSources)[number];

/** The source that a row says, or else that of its app. */
export function sourceOfRow({ app, source }: { app: string; source?: unknown }): SourceName {
  return eventSources.find((one) => one === source) ?? (app === TRUSTED_APP ? "servers" : "apps");
}
