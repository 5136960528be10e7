/**
 * What is counted. Add an entry to count something new: both layers follow from it, and
 * `{"rebuild": {"from": "…", "to": "…"}}` as the batch's input gives it its history. A breakdown costs bytes for each
 * distinct value that a batch holds, so pairs of dimensions with many values are dear.
 */
import { serverLogs } from "../schemas/event.ts";
import { defineMetric, type Metric } from "./define-metric.ts";

const page = ["app", "host", "path", "referrer_host", "channel", "utm_source", "utm_campaign"] as const;
const client = ["country", "device", "browser", "os"] as const;

export const catalog: readonly Metric[] = [
  defineMetric({
    name: "page_views",
    title: "Pages shown",
    on: ["page_view"],
    value: { kind: "count" },
    by: [...page, ...client, ["app", "path"]],
  }),
  defineMetric({
    name: "clicks",
    title: "Clicks on a target",
    on: ["click"],
    value: { kind: "count" },
    by: ["target", ...page, "country", "device", ["app", "target"], ["target", "device"]],
  }),
  defineMetric({
    name: "impressions",
    title: "Targets that were seen",
    on: ["impression"],
    value: { kind: "count" },
    by: ["target", "app", "utm_campaign", "country", "device"],
  }),
  defineMetric({
    name: "logins",
    title: "Logins",
    on: ["login"],
    value: { kind: "count" },
    by: ["app", "channel", "country", "device", "browser", "os"],
  }),
  defineMetric({
    name: "payments",
    title: "Payments",
    on: ["payment"],
    value: { kind: "count" },
    by: ["app", "target", "currency", "utm_campaign", "channel", "country", "device"],
  }),
  defineMetric({
    name: "revenue",
    title: "Sum of payments in minor units, refunds subtracted",
    on: ["payment"],
    value: { kind: "sum", column: "amount" },
    unit: "currency",
    by: ["app", "target", "utm_campaign", "channel", "country", "device"],
  }),
  defineMetric({
    name: "events",
    title: "Events of any name but servers' logs",
    on: { except: serverLogs },
    value: { kind: "count" },
    by: ["name", "app", ["app", "name"]],
  }),
  defineMetric({
    name: "visitors",
    title: "Distinct visitors",
    on: { except: serverLogs },
    value: { kind: "distinct", of: "visitor" },
    by: ["app", "channel", "utm_campaign", "country", "device"],
  }),
  defineMetric({
    name: "users",
    title: "Distinct users that are known by an id",
    on: { except: serverLogs },
    value: { kind: "distinct", of: "user" },
    by: ["app", "country", "device"],
  }),
  defineMetric({
    name: "requests",
    title: "Requests in access logs",
    on: ["access_log"],
    robots: true,
    value: { kind: "count" },
    by: ["app", "host", "path", "status", "method", "referrer_host", ["app", "status"]],
  }),
  defineMetric({
    name: "errors",
    title: "Requests in access logs that the server failed to answer (status 500 and above)",
    on: ["access_log"],
    where: [{ column: "status", is: ">=", than: 500 }],
    robots: true,
    value: { kind: "count" },
    by: ["app", "host", "path", "status"],
  }),
  defineMetric({
    name: "app_logs",
    title: "Lines in the logs of applications",
    on: ["app_log"],
    robots: true,
    value: { kind: "count" },
    by: ["app", "service", "level", "template", ["service", "level"]],
  }),
];

/** A metric by its name. */
export function findMetric(name: string): Metric | undefined {
  return catalog.find((metric) => metric.name === name);
}
