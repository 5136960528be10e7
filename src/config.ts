/**
 * What each function is told by its environment (serverless.yml), checked once when the function starts. Nothing else
 * in `src/` reads the environment. A function with a wrong environment fails at once, with an error that names every
 * wrong variable but never its value.
 */
import * as z from "zod/mini";
import { ConfigError } from "./errors.ts";
import { snapshotSource } from "./schemas/snapshot-source.ts";
import { TRUSTED_APP } from "./schemas/trusted-app.ts";

type Env = Record<string, string | undefined>;

export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

const text = z.string().check(z.minLength(1));
const count = (least: number) =>
  z.pipe(text.check(z.regex(/^\d+$/)), z.transform(Number)).check(z.refine((n) => n >= least));
// Checks only the form: asking Intl costs a cold start more than everything else here. A wrong name fails at the first
// event.
const timeZone = text.check(z.regex(/^[A-Za-z0-9_+/-]+$/));

const app = z.object({
  app: z.string().check(
    z.regex(/^[\w.-]{1,64}$/),
    z.refine((name) => name !== TRUSTED_APP),
  ),
  key: text,
  origins: z.array(text),
  names: z.optional(z.array(text.check(z.regex(/^[a-z][a-z0-9_]{0,63}$/)))),
  maxAmount: z.optional(z.int().check(z.minimum(0))),
});
/**
 * An app that may write: its write key, the origins (`*` for all) of the pages that may use the key, and what they may
 * send (src/collect/may-send.ts).
 */
export type App = z.infer<typeof app>;

const collectSchema = z.object({
  TIMEZONE: timeZone,
  TABLE: text,
  EVENTS_STREAMS: z.pipe(text.check(z.regex(/[^,\s]/)), z.transform(splitList)),
  REJECTED_STREAM: text,
  APPS: z.pipe(z.pipe(text, z.transform(parseJson)), z.array(app)),
  TRUSTED_KEY_SECRET: text,
  VISITOR_SALT_SECRET: text,
  MAX_LATENESS_DAYS: count(0),
  PRIVATE_PARAMETERS: text,
  EDGE: z.enum(["none", "cloudfront"]),
  EVENTS_PER_MINUTE: count(0),
  BYTES_PER_MINUTE: count(0),
});

const streamSchema = z.object({ TIMEZONE: timeZone, TABLE: text });

const athena = { TIMEZONE: timeZone, TABLE: text, WORKGROUP: text, DATABASE: text };
const batchSchema = z.object({
  ...athena,
  LAKE_BUCKET: text,
  SETTLE_MINUTES: count(0),
  SEAL_DEADLINE_HOURS: count(0),
});
const querySchema = z.object({ ...athena, READ_TOKEN_SECRET: text });

const snapshotSchema = z.object({
  DATABASE: text,
  TIMEZONE: timeZone,
  TABLE: text,
  LAKE_BUCKET: text,
  SNAPSHOTS: z.pipe(z.pipe(text, z.transform(parseJson)), z.array(snapshotSource)),
  VISITOR_SALT_SECRET: text,
  AWS_LAMBDA_FUNCTION_NAME: text,
});

const healthSchema = z.object({ TIMEZONE: timeZone, TABLE: text, LAKE_BUFFER_SECONDS: count(0) });
const onOff = z.enum(["on", "off"]);
const siteSchema = z.object({ DEMO: onOff, LOGS: onOff });

/**
 * What the function that serves the pages needs: whether the stage has the demo, which writes into the app's own
 * numbers, and the routes for logs.
 */
export function siteConfig(env: Env = process.env) {
  const { DEMO, LOGS } = read("site", siteSchema, env);
  return { demo: DEMO === "on", logs: LOGS === "on" };
}

/** What the health function reports. */
export function healthConfig(env: Env = process.env) {
  const c = read("health", healthSchema, env);
  return { timezone: c.TIMEZONE, table: c.TABLE, lakeBufferSeconds: c.LAKE_BUFFER_SECONDS };
}

/** What collect needs. Secrets are named here, and read from Secrets Manager (src/aws/secret.ts). */
export function collectConfig(env: Env = process.env) {
  const c = read("collect", collectSchema, env);
  return {
    timezone: c.TIMEZONE,
    table: c.TABLE,
    eventsStreams: c.EVENTS_STREAMS,
    rejectedStream: c.REJECTED_STREAM,
    apps: c.APPS,
    trustedKeySecret: c.TRUSTED_KEY_SECRET,
    visitorSaltSecret: c.VISITOR_SALT_SECRET,
    maxLatenessDays: c.MAX_LATENESS_DAYS,
    privateParameters: c.PRIVATE_PARAMETERS === "none" ? "" : c.PRIVATE_PARAMETERS,
    edge: c.EDGE,
    /** For one address with one app's key; 0 means no limit. */
    budget: { events: c.EVENTS_PER_MINUTE, bytes: c.BYTES_PER_MINUTE },
  };
}

/** What the function for shippers' logs needs: the same as collect, without the apps, none of which may write logs. */
export function logsConfig(env: Env = process.env) {
  const {
    apps: _,
    budget: _of,
    ...config
  } = collectConfig({
    APPS: "[]",
    EVENTS_PER_MINUTE: "0",
    BYTES_PER_MINUTE: "0",
    ...env,
  });
  return config;
}

/**
 * What functions need that AWS invokes with the data of a source: the same as collect, without the keys, which these
 * callers do not have.
 */
export function sourceConfig(env: Env = process.env) {
  const {
    trustedKeySecret: _,
    edge: _of,
    ...config
  } = logsConfig({ TRUSTED_KEY_SECRET: "none", EDGE: "none", ...env });
  return config;
}

/** What the snapshots of databases need. The sources are checked when a stage is packaged, and again here. */
export function snapshotConfig(env: Env = process.env) {
  const c = read("snapshot", snapshotSchema, env);
  return {
    database: c.DATABASE,
    timezone: c.TIMEZONE,
    table: c.TABLE,
    lakeBucket: c.LAKE_BUCKET,
    sources: c.SNAPSHOTS,
    visitorSaltSecret: c.VISITOR_SALT_SECRET,
    functionName: c.AWS_LAMBDA_FUNCTION_NAME,
  };
}

/** What the stream function needs. */
export function streamConfig(env: Env = process.env) {
  const c = read("stream", streamSchema, env);
  return { timezone: c.TIMEZONE, table: c.TABLE };
}

/** What the batch needs. */
export function batchConfig(env: Env = process.env) {
  const c = read("batch", batchSchema, env);
  return {
    timezone: c.TIMEZONE,
    table: c.TABLE,
    workgroup: c.WORKGROUP,
    database: c.DATABASE,
    lakeBucket: c.LAKE_BUCKET,
    settleMinutes: c.SETTLE_MINUTES,
    sealDeadlineHours: c.SEAL_DEADLINE_HOURS,
  };
}

/** What the query function needs. */
export function queryConfig(env: Env = process.env) {
  const c = read("query", querySchema, env);
  return {
    timezone: c.TIMEZONE,
    table: c.TABLE,
    workgroup: c.WORKGROUP,
    database: c.DATABASE,
    readTokenSecret: c.READ_TOKEN_SECRET,
  };
}

export type CollectConfig = ReturnType<typeof collectConfig>;
export type StreamConfig = ReturnType<typeof streamConfig>;
export type BatchConfig = ReturnType<typeof batchConfig>;
export type QueryConfig = ReturnType<typeof queryConfig>;

/** The lowest level that is logged; `info` if LOG_LEVEL is missing or wrong: that must not stop a function. */
export function logLevel(env: Env = process.env): LogLevel {
  return logLevels.find((level) => level === env.LOG_LEVEL) ?? "info";
}

/** Who writes a log line: the stage's name (daymark-prod), and what Lambda says about the function. */
export function functionFacts(env: Env = process.env) {
  return {
    service: env.SERVICE ?? "daymark",
    function_name: env.AWS_LAMBDA_FUNCTION_NAME,
    function_memory_size: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  };
}

/** The X-Ray trace of the running invocation, which Lambda sets for each; undefined when nothing is traced. */
export function traceId(env: Env = process.env): string | undefined {
  return /Root=([^;]+)/.exec(env._X_AMZN_TRACE_ID ?? "")?.[1];
}

function read<T>(name: string, schema: z.ZodMiniType<T>, env: Env): T {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const wrong = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))];
  throw new ConfigError(`Cannot start ${name}: missing or wrong in its environment: ${wrong.join(", ")}`);
}

function splitList(list: string): [string, ...string[]] {
  const [first = "", ...more] = list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  return [first, ...more];
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // which then fails as not being a list
  }
}
