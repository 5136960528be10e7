/**
 * Log lines: one JSON object each, with the keys of Powertools for AWS Lambda, so that queries written for those find
 * them. They bypass `console`, which Lambda would prefix with its own columns. LOG_LEVEL says which lines are written.
 * Never log a key, a token, a visitor's address or an event's text: log where and how many instead.
 * https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/#standard-structured-keys
 */
import { functionFacts, type LogLevel, logLevel, logLevels, traceId } from "./config.ts";
import { currentInvocation } from "./invocation.ts";
import type { Reporter } from "./reporter.ts";
import { escapeControls } from "./schemas/clean-text.ts";

type Level = Exclude<LogLevel, "silent">;
type Fields = Record<string, unknown>;
type Unit = "Count" | "Milliseconds";

/** The CloudWatch namespace for the metrics of all stages; the dimension `service` (daymark-prod) tells them apart. */
const NAMESPACE = "Daymark";
const least = logLevels.indexOf(logLevel());
const facts = functionFacts();

export const log = {
  debug: (message: string, fields?: Fields) => write("debug", message, fields),
  info: (message: string, fields?: Fields) => write("info", message, fields),
  warn: (message: string, fields?: Fields) => write("warn", message, fields),
  error: (message: string, fields?: Fields) => write("error", message, fields),
};

/** Reports an event that an alarm waits for (infra/monitoring/alarms.js), whatever LOG_LEVEL is. */
export function metric(name: string, fields: Fields = {}): void {
  print("warn", name, { ...embedded({ [name]: "Count" }), [name]: 1, ...fields });
}

/**
 * Reports figures about ordinary work for the dashboard, each with its unit. Every name is a metric that costs USD 0.30
 * a month.
 */
export function measure(figures: Record<string, [value: number, unit: Unit]>): void {
  if (least === logLevels.indexOf("silent")) return;
  const units = Object.fromEntries(Object.entries(figures).map(([name, [, unit]]) => [name, unit]));
  const values = Object.fromEntries(Object.entries(figures).map(([name, [value]]) => [name, value]));
  print("info", "figures", { ...embedded(units), ...values });
}

/** All of these, in the form that the pure code takes. */
export const reporter: Reporter = { log, metric, measure };

/**
 * Makes CloudWatch read fields of the line as metrics. That needs no call, and no permission that could only be granted
 * on every resource.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function embedded(units: Record<string, Unit>): Fields {
  const Metrics = Object.entries(units).map(([Name, Unit]) => ({ Name, Unit }));
  const CloudWatchMetrics = [{ Namespace: NAMESPACE, Dimensions: [["service"]], Metrics }];
  return { _aws: { Timestamp: Date.now(), CloudWatchMetrics } };
}

function write(level: Level, message: string, fields: Fields = {}): void {
  if (logLevels.indexOf(level) >= least) print(level, message, fields);
}

function print(level: Level, message: string, fields: Fields): void {
  const invocation = currentInvocation();
  const line = {
    level: level.toUpperCase(),
    message,
    timestamp: new Date().toISOString(),
    ...facts,
    cold_start: invocation?.isColdStart ?? true,
    function_request_id: invocation?.requestId,
    correlation_id: invocation?.correlationId,
    xray_trace_id: traceId(),
    ...fields,
  };
  process.stdout.write(`${escapeControls(JSON.stringify(line, inWords))}\n`);
}

/** Writes errors as name, message, stack and cause; JSON.stringify alone would write `{}`. */
function inWords(_key: string, value: unknown): unknown {
  if (value instanceof Error)
    return { name: value.name, message: value.message, stack: value.stack, cause: value.cause };
  return typeof value === "bigint" ? String(value) : value;
}
