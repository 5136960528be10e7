/**
 * What is counted. Add an entry to count something new: both layers are derived from it. To give it a history, invoke
 * the batch function with `{"rebuild": {"from": "…", "to": "…"}}`. A breakdown costs bytes for each distinct value in a
 * batch, so pairs of dimensions that have many values are expensive.
 */
import { noEvents, serverLogs, VISIT_PART } from "../schemas/events/event.ts";
import { defineMetric, HOUR, type Metric } from "./define-metric.ts";
import { type DerivedInput, type DerivedMetric, deriveMetric } from "./derive-metric.ts";

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

/** Every dimension of a visit except its pages: what its events have in common. */
const visit = ["app", "host", ...source, ...client, "language"] as const;
/** Pages of visits, including those in rows of the visit's own day (`VISIT_PART`). */
const visitPages = { on: ["page_view", VISIT_PART], value: { kind: "count" } } as const;

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
    name: "visits",
    title: "Visits, on the day on which they began",
    on: ["page_view"],
    where: [{ column: "page_number", is: "=", than: 1 }],
    value: { kind: "count" },
    by: [...page, ["app", "path"], ...hours],
  }),
  defineMetric({
    name: "continued_visits",
    title: "Visits of two pages and more",
    ...visitPages,
    where: [{ column: "page_number", is: "=", than: 2 }],
    by: [...visit, "entry_path", ["app", "entry_path"]],
  }),
  defineMetric({
    name: "visit_pages",
    title: "Pages shown in visits, on the day on which these began",
    ...visitPages,
    where: [{ column: "page_number", is: ">=", than: 1 }],
    by: [...visit, "path", "entry_path", ["app", "path"], ["app", "entry_path"]],
  }),
  defineMetric({
    name: "next_pages",
    title: "Pages to which a visit went on, by the page before",
    ...visitPages,
    where: [{ column: "page_number", is: ">=", than: 2 }],
    by: ["app", "previous_path", ["app", "previous_path"]],
  }),
  defineMetric({
    name: "visit_duration",
    title: "Milliseconds between the first and the last event of visits",
    on: { except: serverLogs },
    where: [{ column: "elapsed_ms", is: ">=", than: 1 }],
    value: { kind: "sum", column: "elapsed_ms" },
    // Times are long numbers that share nothing, so by app and path together they would cost 0.8 KB of a block of 6.
    by: [...visit, "entry_path"],
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

/** The page of a visit is the one on which it began. */
const byEntry = { path: "entry_path" } as const;

/** Computed from the metrics above when it is asked for; a metric that is missing here can be added when somebody asks. */
const definitions = [
  {
    name: "entries",
    title: "Visits by the page on which they began",
    value: { kind: "difference", of: { metric: "visits" } },
  },
  {
    name: "exits",
    title: "Visits by the page on which they ended",
    value: {
      kind: "difference",
      of: { metric: "visit_pages" },
      less: { metric: "next_pages", reads: { path: "previous_path" } },
    },
  },
  {
    name: "bounces",
    title: "Visits of a single page",
    value: { kind: "difference", of: { metric: "visits" }, less: { metric: "continued_visits", reads: byEntry } },
  },
  {
    name: "bounce_rate",
    title: "Visits of a single page among all visits",
    format: "percent",
    value: { kind: "ratio", of: { metric: "bounces" }, to: { metric: "visits" } },
  },
  {
    name: "pages_per_visit",
    title: "Pages shown per visit",
    value: { kind: "ratio", of: { metric: "visit_pages", reads: byEntry }, to: { metric: "visits" } },
  },
  {
    name: "duration_per_visit",
    title: "Milliseconds between the first and the last event of a visit",
    format: "milliseconds",
    value: { kind: "ratio", of: { metric: "visit_duration", reads: byEntry }, to: { metric: "visits" } },
  },
  {
    name: "click_through_rate",
    title: "Clicks per impression",
    format: "percent",
    value: { kind: "ratio", of: { metric: "clicks" }, to: { metric: "impressions" } },
  },
  {
    name: "conversion_rate",
    title: "Payments per visit",
    format: "percent",
    value: { kind: "ratio", of: { metric: "payments" }, to: { metric: "visits" } },
  },
  {
    name: "average_payment",
    title: "Revenue per payment, in minor units",
    value: { kind: "ratio", of: { metric: "revenue" }, to: { metric: "payments" } },
  },
] as const satisfies readonly DerivedInput[];

const derived: DerivedMetric[] = [];
for (const definition of definitions) derived.push(deriveMetric(definition, catalog, derived));

export const derivedMetrics: readonly DerivedMetric[] = derived;

/** A metric by its name. */
export function findMetric(name: string): Metric | undefined {
  return catalog.find((metric) => metric.name === name);
}
