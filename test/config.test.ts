import { describe, expect, test } from "vitest";
import {
  batchConfig,
  collectConfig,
  healthConfig,
  logLevel,
  queryConfig,
  siteConfig,
  streamConfig,
} from "../src/config.ts";

const collect = {
  TIMEZONE: "Asia/Seoul",
  TABLE: "t",
  EVENTS_STREAMS: "e0, e1,",
  REJECTED_STREAM: "r",
  APPS: '[{"app":"web","key":"wk","origins":["*"]}]',
  TRUSTED_KEY_SECRET: "tk",
  VISITOR_SALT_SECRET: "vs",
  MAX_LATENESS_DAYS: "7",
  PRIVATE_PARAMETERS: "none",
  EDGE: "none",
  EVENTS_PER_MINUTE: "600",
  BYTES_PER_MINUTE: "0",
};
const batch = {
  TIMEZONE: "America/Argentina/Buenos_Aires",
  TABLE: "t",
  WORKGROUP: "w",
  DATABASE: "d",
  LAKE_BUCKET: "b",
  SETTLE_MINUTES: "0",
  SEAL_DEADLINE_HOURS: "6",
};

describe("a function's configuration", () => {
  test("is read from its environment", () => {
    expect(collectConfig(collect)).toEqual({
      timezone: "Asia/Seoul",
      table: "t",
      eventsStreams: ["e0", "e1"],
      rejectedStream: "r",
      apps: [{ app: "web", key: "wk", origins: ["*"] }],
      trustedKeySecret: "tk",
      visitorSaltSecret: "vs",
      maxLatenessDays: 7,
      privateParameters: "",
      edge: "none",
      budget: { events: 600, bytes: 0 },
    });
    expect(streamConfig(batch)).toEqual({ timezone: batch.TIMEZONE, table: "t" });
    const limited = '[{"app":"web","key":"wk","origins":[],"names":["payment","custom"],"maxAmount":5}]';
    expect(collectConfig({ ...collect, APPS: limited }).apps).toEqual(JSON.parse(limited));
    expect(batchConfig(batch)).toMatchObject({ lakeBucket: "b", settleMinutes: 0, sealDeadlineHours: 6 });
    expect(queryConfig({ ...batch, READ_TOKEN_SECRET: "rt" })).toMatchObject({ readTokenSecret: "rt", table: "t" });
    expect(healthConfig({ TIMEZONE: "UTC", TABLE: "t", LAKE_BUFFER_SECONDS: "300" })).toEqual({
      timezone: "UTC",
      table: "t",
      lakeBufferSeconds: 300,
    });
    expect(siteConfig({ DEMO: "on", LOGS: "off" })).toEqual({ demo: true, logs: false });
    expect(siteConfig({ DEMO: "off", LOGS: "on" })).toEqual({ demo: false, logs: true });
  });

  test.each([undefined, "", "yes", "ON"])("of the pages is refused when DEMO or LOGS is %j", (DEMO) => {
    expect(() => siteConfig({ DEMO, LOGS: "on" })).toThrow("missing or wrong in its environment: DEMO");
    expect(() => siteConfig({ DEMO: "on", LOGS: DEMO })).toThrow("missing or wrong in its environment: LOGS");
  });

  test.each([
    ["MAX_LATENESS_DAYS", "1.5"],
    ["MAX_LATENESS_DAYS", ""],
    ["APPS", "[{"],
    ["APPS", '[{"app":"web"}]'],
    ["APPS", '[{"app":"server","key":"wk","origins":["*"]}]'],
    ["APPS", '[{"app":"web","key":"wk","origins":[],"names":["Payment"]}]'],
    ["APPS", '[{"app":"web","key":"wk","origins":[],"names":"payment"}]'],
    ["APPS", '[{"app":"web","key":"wk","origins":[],"maxAmount":-1}]'],
    ["EDGE", "cloudflare"],
    ["EDGE", undefined],
    ["EVENTS_PER_MINUTE", "many"],
    ["EVENTS_STREAMS", " , "],
    ["TIMEZONE", "not a zone"],
    ["TRUSTED_KEY_SECRET", undefined],
    ["TRUSTED_KEY_SECRET", ""],
  ])("is refused, by name and without the value, when %s is %j", (name, value) => {
    const error = expect.objectContaining({
      name: "ConfigError",
      message: `Cannot start collect: missing or wrong in its environment: ${name}`,
    });
    expect(() => collectConfig({ ...collect, [name]: value })).toThrow(error);
  });

  test("names everything that is missing", () => {
    expect(() => streamConfig({})).toThrow(/TIMEZONE, TABLE$/);
  });
});

test("a wrong log level does not stop a function", () => {
  expect([logLevel({ LOG_LEVEL: "debug" }), logLevel({ LOG_LEVEL: "loud" }), logLevel({})]).toEqual([
    "debug",
    "info",
    "info",
  ]);
});
