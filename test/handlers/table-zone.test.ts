/** The real functions with one table, deployed with its time zone and with another one. */
import { DeleteItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { eventsEnvironment } from "../../bench/traffic/events-environment.ts";
import { startTable } from "../aws/dynamodb/local-table.ts";
import { clickRow, recordOf } from "../fixtures/event-rows.ts";
import { type LoopbackFirehose, startLoopbackFirehose } from "../loopback-firehose.ts";

const owned = new AsyncDisposableStack();
const Key = { pk: { S: "zone" }, sk: { S: "zone" } };
let table: Awaited<ReturnType<typeof startTable>>;
let firehose: LoopbackFirehose;

beforeAll(async () => {
  table = owned.use(await startTable());
  firehose = owned.use(
    await startLoopbackFirehose({ "trusted-key": "tk", "visitor-salt": "salt", "read-token": "rt" }),
  );
  const endpoint = await table.client.config.endpoint?.();
  const environment = {
    ...eventsEnvironment,
    AWS_ENDPOINT_URL: firehose.url,
    AWS_ENDPOINT_URL_DYNAMODB: `http://${endpoint?.hostname}:${endpoint?.port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    LOG_LEVEL: "silent",
    TABLE: table.table,
    EVENTS_STREAMS: "events",
    APPS: '[{"app":"web","key":"wk","origins":["*"]}]',
    TRUSTED_KEY_SECRET: "trusted-key",
    READ_TOKEN_SECRET: "read-token",
    EDGE: "none",
    EVENTS_PER_MINUTE: "0",
    BYTES_PER_MINUTE: "0",
    WORKGROUP: "none",
    DATABASE: "none",
    LAKE_BUCKET: "none",
    SETTLE_MINUTES: "15",
    SEAL_DEADLINE_HOURS: "6",
    LAKE_BUFFER_SECONDS: "300",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await owned.disposeAsync();
});
beforeEach(async () => {
  table.faults.set([]);
  firehose.clear();
  await table.client.send(new DeleteItemCommand({ TableName: table.table, Key }));
});

type Handler = (event: unknown, context: object) => Promise<unknown>;
type Answer = { statusCode: number; headers: Record<string, string>; body: string };
const functions = ["collect", "logs", "stream", "query", "batch", "health"] as const;

/** The functions of a stage in `timezone`, as new environments of Lambda. */
async function deploy(timezone: string) {
  vi.stubEnv("TIMEZONE", timezone);
  vi.resetModules();
  const handlers = new Map<string, Handler>();
  for (const name of functions) handlers.set(name, (await import(`../../src/handlers/${name}.ts`)).handler);
  const call = async (name: (typeof functions)[number], event: unknown) =>
    await handlers.get(name)?.(event, { getRemainingTimeInMillis: () => 900_000 });
  const ask = async (name: (typeof functions)[number], routeKey: string, more: object) => {
    const requestContext = { http: { sourceIp: "203.0.113.7" } };
    const event = { routeKey, rawQueryString: "", headers: {}, requestContext, ...more };
    const { statusCode, headers, body } = (await call(name, event)) as Answer;
    return { status: statusCode, headers, body: JSON.parse(body || "{}") };
  };
  return {
    stream: (...rows: object[]) => call("stream", { records: rows.length === 0 ? [] : [recordOf(rows)] }),
    batch: () => call("batch", {}),
    health: () => ask("health", "GET /v1/health", {}),
    collect: () =>
      ask("collect", "POST /v1/events", { headers: { "x-write-key": "wk" }, body: '{"name":"click","target":"t"}' }),
    logs: () =>
      ask("logs", "POST /v1/logs/app", {
        headers: { "x-write-key": "tk", "content-type": "application/json" },
        body: '[{"log":"hello"}]',
      }),
    clicks: () =>
      ask("query", "GET /v1/metrics/{metric}", {
        headers: { authorization: "Bearer rt" },
        pathParameters: { metric: "clicks" },
      }),
  };
}

const zone = async () => (await table.client.send(new GetItemCommand({ TableName: table.table, Key }))).Item?.zone?.S;
const problem =
  "this stage counts days of Europe/Berlin, and its table holds days of Asia/Seoul: deploy it with timezone Asia/Seoul, or another stage";

test("a table without a zone, new or of an older release, takes the stage's when something is counted, and refuses nobody", async () => {
  const seoul = await deploy("Asia/Seoul");
  expect([(await seoul.collect()).status, (await seoul.clicks()).status]).toEqual([202, 200]);
  expect(await zone()).toBeUndefined();
  await seoul.stream(clickRow({}));
  expect(await zone()).toBe("Asia/Seoul");
  expect((await seoul.health()).body).toMatchObject({ status: "ok", timezone: "Asia/Seoul" });
});

test("a stage in another zone accepts no events and no logs: their senders keep them, and are told why", async () => {
  await (await deploy("Asia/Seoul")).stream();
  // A function that cannot read the zone within a second takes what comes, as on a machine that is busy: it starts anew then.
  await vi.waitFor(async () => {
    firehose.clear();
    const berlin = await deploy("Europe/Berlin");
    for (const [verb, answer] of [
      ["take events", await berlin.collect()],
      ["take logs", await berlin.logs()],
    ] as const)
      expect(answer).toMatchObject({
        status: 503,
        headers: { "retry-after": "60" },
        body: { detail: `Cannot ${verb}: ${problem}` },
      });
    expect(firehose.stored).toEqual([]);
  }, 60_000);
});

test("it answers no question, seals no day, and its health says so", async () => {
  await (await deploy("Asia/Seoul")).stream();
  const berlin = await deploy("Europe/Berlin");
  expect(await berlin.clicks()).toMatchObject({ status: 503, body: { detail: `Cannot answer: ${problem}` } });
  await expect(berlin.batch()).rejects.toThrow(`Cannot run batch: ${problem}`);
  expect(await berlin.health()).toMatchObject({
    status: 503,
    body: { code: "wrong_timezone", timezone: "Europe/Berlin", table_timezone: "Asia/Seoul", detail: problem },
  });
});

test("what was acknowledged before still counts, in the table's zone", async () => {
  const seoul = await deploy("Asia/Seoul");
  await seoul.stream();
  const before = (await seoul.clicks()).body.total;
  const berlin = await deploy("Europe/Berlin");
  expect(await berlin.stream(clickRow({}))).toMatchObject({ records: [{ result: "Ok" }] });
  expect(await zone()).toBe("Asia/Seoul");
  expect((await (await deploy("Asia/Seoul")).clicks()).body.total).toBe(before + 1);
});

test("a table that cannot be read stops no events", async () => {
  await (await deploy("Asia/Seoul")).stream();
  table.faults.set([{ point: "dynamodb.before", action: "error", times: 1000 }]);
  expect((await (await deploy("Asia/Seoul")).collect()).status).toBe(202);
  expect(firehose.rows("events")).toHaveLength(1);
});
