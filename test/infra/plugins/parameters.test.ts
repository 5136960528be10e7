/** The valid values of a stage's parameters; a refusal names the parameter, its value and what would be valid. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect } from "vitest";
import { parameterNames, problemsOf } from "../../../infra/plugins/parameters.ts";
import { impossibleNames } from "../../../infra/plugins/resource-names.ts";
import { slowTest, test } from "../../gears.ts";
import { compiledTemplate } from "../compiled-template.ts";

const root = resolve(import.meta.dirname, "../../..");
const right = {
  region: "ap-northeast-2",
  timezone: "Asia/Seoul",
  apps: [{ app: "web", key: "wk_1", origins: ["https://example.com"] }],
  eventStreams: 1,
  streamBufferSeconds: 10,
  streamBufferMBs: "1",
  lakeBufferSeconds: 300,
  lakeBufferMBs: 128,
  settleMinutes: 15,
  sealDeadlineHours: 6,
  maxLatenessDays: 7,
  privateParameters: "none",
  eventsToInfrequentAccessDays: 90,
  eventsRetentionDays: 1825,
  logRetentionDays: 14,
  logLevel: "info",
  eventsPerMinute: 10000,
  bytesPerMinute: 33554432,
  edge: "none",
  wafRequestsPer5Minutes: 0,
  requestsPerSecond: 1000,
  requestsBurst: 2000,
  athenaBytesCutoff: 107374182400,
  alarmEmail: "none",
  encryptAlarms: false,
  dashboard: true,
  accessLog: false,
  tracing: false,
  collectConcurrency: 0,
  streamConcurrency: 0,
  batchConcurrency: 0,
  queryConcurrency: 0,
  protectData: false,
  fixedSecrets: false,
  demo: "off",
  logs: "off",
  logGroups: "none",
  logBuckets: "none",
  cloudfront: "none",
  kafkaCluster: "none",
  kafkaTopics: "none",
  snapshots: "none",
  snapshotSchedule: "cron(5 * * * ? *)",
  snapshotSubnets: "none",
  snapshotSecurityGroups: "none",
};
const shop = {
  source: "shop",
  engine: "postgres",
  secret: "arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:shop-reader-AbCdEf",
  tables: [{ table: "public.orders", columns: ["id", "email"], pseudonyms: ["email"] }],
};
const distribution = "arn:aws:cloudfront::123456789012:distribution/E1TR1RHV123ABC";
const cluster = "arn:aws:kafka:ap-northeast-2:123456789012:cluster/events/751d2973-a626-431c-9d4e-d7975eb44dd7-2";

test("every parameter of serverless.yml has a rule, and every rule a parameter", async () => {
  const text = await readFile(resolve(root, "serverless.yml"), "utf8");
  const defaults = text.slice(text.indexOf("  default:"), text.indexOf("\n  prod:"));
  const names = [...defaults.matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name);
  expect([...parameterNames].sort()).toEqual(names.sort());
});

test("parameters that AWS takes are accepted", () => {
  expect(problemsOf(right, "dev")).toEqual([]);
  expect(problemsOf({ ...right, timezone: "America/Argentina/Buenos_Aires" }, "dev")).toEqual([]);
  const atEdge = { ...right, region: "us-east-1", edge: "cloudfront", wafRequestsPer5Minutes: 3000 };
  expect(problemsOf(atEdge, "dev")).toEqual([]);
  const distributions = `${distribution},arn:aws:cloudfront::123456789012:distribution/d111111abcdef8`;
  expect(problemsOf({ ...right, region: "us-east-1", cloudfront: distributions }, "dev")).toEqual([]);
  const sources = { logGroups: "/aws/eks/prod/cluster,/aws/lambda/shop", logBuckets: "logs.example,b-2" };
  const kafka = { kafkaCluster: cluster, kafkaTopics: "orders,logs.v2" };
  const network = { snapshotSubnets: "subnet-0a1,subnet-0b2", snapshotSecurityGroups: "sg-0c3" };
  expect(problemsOf({ ...right, ...sources, ...kafka, ...network, snapshots: [shop] }, "dev")).toEqual([]);
  expect(problemsOf({ ...right, timezone: "UTC", streamBufferMBs: 0.2, alarmEmail: "a@b.kr" }, "x")).toEqual([]);
});

test.each([
  ["region", "seoul"],
  ["eventsPerMinute", -1],
  ["edge", "cloudflare"],
  ["apps", [{ app: "web", key: "wk_1", origins: [], names: ["Payment"] }]],
  ["apps", [{ app: "web", key: "wk_1", origins: [], maxAmount: -1 }]],
  ["wafRequestsPer5Minutes", 3000],
  ["timezone", "Nowhere/Land"],
  ["timezone", "+09:00"],
  ["timezone", "asia/seoul"],
  ["timezone", ""],
  ["eventStreams", 0],
  ["eventStreams", "1.5"],
  ["eventStreams", "two"],
  ["streamBufferMBs", 0.1],
  ["streamBufferMBs", 4],
  ["streamBufferSeconds", 901],
  ["lakeBufferSeconds", 30],
  ["lakeBufferSeconds", 901],
  ["lakeBufferMBs", 63],
  ["lakeBufferMBs", 129],
  ["settleMinutes", 9],
  ["settleMinutes", -1],
  ["sealDeadlineHours", 0],
  ["maxLatenessDays", 31],
  ["privateParameters", "order id"],
  ["eventsToInfrequentAccessDays", 29],
  ["eventsRetentionDays", 90],
  ["logRetentionDays", 15],
  ["logLevel", "verbose"],
  ["requestsPerSecond", 0],
  ["requestsBurst", ""],
  ["athenaBytesCutoff", 9_999_999],
  ["alarmEmail", "somebody"],
  ["alarmEmail", ""],
  ["encryptAlarms", "yes"],
  ["dashboard", ""],
  ["accessLog", "on"],
  ["tracing", "Active"],
  ["collectConcurrency", -1],
  ["logs", "yes"],
  ["logGroups", "/aws/lambda/shop, /aws/lambda/pay"],
  ["logBuckets", "s3://logs"],
  ["logBuckets", "logs,none"],
  ["cloudfront", "E1TR1RHV123ABC"],
  ["cloudfront", "arn:aws:cloudfront::123456789012:distribution/*"],
  ["cloudfront", distribution],
  ["kafkaCluster", "b-1:9092"],
  ["kafkaTopics", "orders"],
  ["kafkaTopics", "a b"],
  ["snapshots", []],
  ["snapshots", [shop, shop]],
  ["snapshots", [{ ...shop, engine: "oracle" }]],
  ["snapshots", [{ ...shop, secret: "the password itself" }]],
  ["snapshots", [{ ...shop, source: "../events" }]],
  ["snapshots", [{ ...shop, tables: [] }]],
  ["snapshotSchedule", "hourly"],
  ["snapshotSubnets", "private"],
  ["snapshotSecurityGroups", "sg-0c3"],
  ["queryConcurrency", "many"],
  ["protectData", "yes"],
  ["fixedSecrets", true],
  ["demo", "yes"],
  ["apps", []],
  ["apps", "web"],
  ["apps", [{ app: "web", key: "", origins: ["*"] }]],
  ["apps", [{ app: "web", key: "k", origins: ["example.com"] }]],
  [
    "apps",
    [
      { app: "a", key: "k", origins: ["*"] },
      { app: "b", key: "k", origins: ["*"] },
    ],
  ],
])("%s = %j is refused by name and value", (name, value) => {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const [problem, ...more] = problemsOf({ ...right, [name]: value }, "dev");
  expect(problem).toContain(`parameter ${name} is ${JSON.stringify(text)}, expected `);
  expect(more).toEqual([]);
});

test("the snapshots of docs/sources.md are accepted as they stand there", async () => {
  const text = await readFile(resolve(root, "docs/sources.md"), "utf8");
  const lists = [...text.matchAll(/--param='snapshots=(.*?)'/gs)].map(([, list = ""]) => list);
  expect(lists.map((list) => /"engine": "([\w-]+)"/.exec(list)?.[1])).toEqual([
    "postgres",
    "mariadb",
    "redis",
    "redis-rdb",
    "elasticsearch",
  ]);
  for (const list of lists) {
    const snapshots = list.replaceAll(":secretsmanager:…:", ":secretsmanager:ap-northeast-2:123456789012:");
    expect(problemsOf({ ...right, snapshots }, "prod")).toEqual([]);
  }
});

test("a table that a source names twice is refused by its name, whatever quotes it has", () => {
  const tables = [{ table: "public.orders" }, { table: "public.items" }];
  const items = { ...shop, source: "items", tables: tables.slice(1) };
  expect(problemsOf({ ...right, snapshots: [{ ...shop, tables }, items] }, "dev")).toEqual([]);
  for (const table of ["public.items", 'public."items"', "`public`.items", "public.Items", "public_items"]) {
    const twice = { ...shop, tables: [...tables, { table }] };
    expect(problemsOf({ ...right, snapshots: [items, twice] }, "dev")).toEqual([
      expect.stringContaining(`, expected table ${table} only once in source shop`),
    ]);
  }
});

test("an engine that is none is answered with those that are", () => {
  const [problem] = problemsOf({ ...right, snapshots: [{ ...shop, engine: "oracle" }] }, "dev");
  expect(problem).toContain("one of postgres, mysql, mariadb, redis, redis-rdb, elasticsearch, opensearch");
});

test("stage local may read a file of this machine, and a secret by its name; no other may", () => {
  const file = { source: "cache", engine: "redis-rdb", file: "/var/lib/redis/dump.rdb", tables: [{ table: "0" }] };
  for (const source of [file, { ...shop, secret: "shop-reader" }]) {
    expect(problemsOf({ ...right, snapshots: [source], fixedSecrets: true }, "local")).toEqual([]);
    expect(problemsOf({ ...right, snapshots: [source] }, "dev")).toEqual([expect.stringContaining("its ARN")]);
  }
  const without = problemsOf({ ...right, snapshots: [{ ...shop, tables: [] }], fixedSecrets: true }, "local");
  expect(without).toEqual([expect.stringContaining("parameter snapshots is")]);
});

test("stage local may deliver at once, and has fixed secrets", () => {
  expect(problemsOf({ ...right, lakeBufferSeconds: 5, settleMinutes: 0, fixedSecrets: true }, "local")).toEqual([]);
});

slowTest(
  "a package of a stage with a parameter that AWS would refuse is refused, by name and value",
  {
    timeout: 180_000,
  },
  async () => {
    const expected = 'parameter timezone is "Nowhere/Land", expected an IANA time zone';
    await expect(compiledTemplate("dev", { timezone: "Nowhere/Land" })).rejects.toThrow(expected);
  },
);

slowTest(
  "a list of snapshots that a line break has cut off is refused, and says so",
  { timeout: 180_000 },
  async () => {
    const expected = "Cannot read parameter snapshots";
    const list = JSON.stringify([shop], undefined, 1);
    await expect(compiledTemplate("dev", { snapshots: list })).rejects.toThrow(expected);
    await expect(compiledTemplate("dev", { snapshots: list })).rejects.toThrow("a line break ends a parameter");
  },
);

test("a package of each stage has names that AWS takes", { timeout: 180_000 }, async () => {
  for (const stage of ["local", "dev", "prod"]) {
    const { all } = await compiledTemplate(stage);
    expect(impossibleNames(Object.fromEntries(all.map((resource) => [resource.id, resource])))).toEqual([]);
  }
});

test("CloudFront puts its logs on streams of us-east-1 alone, and the refusal says what to do elsewhere", () => {
  expect(problemsOf({ ...right, region: "eu-west-1", cloudfront: distribution }, "dev")).toEqual([
    `parameter cloudfront is "${distribution}", expected none but in region us-east-1, not eu-west-1: have CloudFront write files instead, and name their bucket in logBuckets`,
  ]);
  const twice = { ...right, region: "us-east-1", cloudfront: `${distribution},${distribution}` };
  expect(problemsOf(twice, "dev").join()).toContain("each distribution once");
});
