/**
 * What is counted. Add an entry to count something new: both layers are derived from it. To give it a history, invoke
 * the batch function with `{"rebuild": {"from": "…", "to": "…"}}`. A breakdown costs bytes for each distinct value in a
 * batch, so pairs of dimensions that have many values are expensive.
 */
import { noEvents } from "../schemas/events/event.ts";
import { defineMetric, HOUR, type Metric } from "./define-metric.ts";

/** Where the visitor came from. */
const source = [
  "referrer_host",
  "channel",
  "utm_source",
  "utm_medium",
  "utm_campaign",
  "utm_term",
  "utm_content",
] as const;
const client = ["country", "device", "browser", "os"] as const;
/** Every dimension that all events of a page have, which leaves out those of single events, such as `target`. */
const page = ["app", "host", "path", ...source, ...client, "language"] as const;

/** What `interval=hour` reads. */
const hours = [HOUR, ["app", HOUR]] as const;

export const catalog: readonly Metric[] = [
  defineMetric({
    name: "page_views",
    title: "Pages shown",
    on: ["page_view"],
    value: { kind: "count" },
    by: [...page, ["app", "path"], ...hours],
  }),
  defineMetric({
    name: "clicks",
    title: "Clicks on a target",
    on: ["click"],
    value: { kind: "count" },
    by: ["target", ...page, ["app", "target"], ["target", "device"], ...hours],
  }),
  defineMetric({
    name: "impressions",
    title: "Targets that were seen",
    on: ["impression"],
    value: { kind: "count" },
    by: ["target", ...page, ...hours],
  }),
  defineMetric({
    name: "logins",
    title: "Logins",
    on: ["login"],
    value: { kind: "count" },
    by: [...page, ...hours],
  }),
  defineMetric({
    name: "payments",
    title: "Payments",
    on: ["payment"],
    value: { kind: "count" },
    by: ["target", "currency", ...page, ...hours],
  }),
  defineMetric({
    name: "revenue",
    title: "Sum of payments in minor units, refunds subtracted",
    on: ["payment"],
    value: { kind: "sum", column: "amount" },
    unit: "currency",
    by: ["target", ...page, ...hours],
  }),
  defineMetric({
    name: "events",
    title: "Events of any name but servers' logs",
    on: { except: noEvents },
    value: { kind: "count" },
    by: ["name", "target", ...page, ["app", "name"], ...hours],
  }),
  defineMetric({
    name: "visitors",
    title: "Distinct visitors",
    on: { except: noEvents },
    value: { kind: "distinct", of: "visitor" },
    by: ["name", ...page, ...hours],
  }),
  defineMetric({
    name: "users",
    title: "Distinct users that are known by an id",
    on: { except: noEvents },
    value: { kind: "distinct", of: "user" },
    by: ["name", ...page, ...hours],
  }),
  defineMetric({
    name: "requests",
    title: "Requests in access logs",
    on: ["access_log"],
    robots: true,
    value: { kind: "count" },
    by: ["app", "host", "path", "status", "method", "referrer_host", ...client, ["app", "status"], ...hours],
  }),
  defineMetric({
    name: "errors",
    title: "Requests in access logs that the server failed to answer (status 500 and above)",
    on: ["access_log"],
    where: [{ column: "status", is: ">=", than: 500 }],
    robots: true,
    value: { kind: "count" },
    by: ["app", "host", "path", "status", "method", "referrer_host", ...client, ...hours],
  }),
  defineMetric({
    name: "app_logs",
    title: "Lines in the logs of applications",
    on: ["app_log"],
    robots: true,
    value: { kind: "count" },
    by: ["app", "service", "level", "template", ["service", "level"], ...hours],
  }),
];

/** A metric by its name. */
export function findMetric(name: string): Metric | undefined {
  return catalog.find((metric) => metric.name === name);
}
