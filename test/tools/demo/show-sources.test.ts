/** What the demo says of sources that a stage does not have, does not take, or does not count. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import type { DemoDatabase } from "../../../tools/demo/databases.ts";
import { showSources } from "../../../tools/demo/show-sources.ts";
import { demoSources } from "../../../tools/demo/sources.ts";

type Answers = {
  missing?: string;
  refused?: string;
  failed?: string;
  failure?: string;
  rows?: number;
  totalOf: (group: string) => number;
};

/** A database that one logs in to, and what was asked of it, in order. */
const shop = (isHere = true) => {
  const asked: string[] = [];
  const start = async () => {
    if (!isHere) return "this machine has no server of it";
    asked.push("started");
    return { secret: { username: "daymark" }, [Symbol.asyncDispose]: async () => void asked.push("stopped") };
  };
  return { database: { name: "Shop", source: "demo-shop", rows: 7, start }, asked };
};

/** A server that answers as both ports of a stage do. */
async function startStage({ missing, refused, failed, failure, rows = 7, totalOf }: Answers) {
  const targets: string[] = [];
  const snapshots = [{ source: "demo-shop", tables: [{ rows: rows - 2 }, { rows: 2 }] }];
  const server = createServer((req, res) => {
    const { pathname, search } = new URL(req.url ?? "/", "http://stage");
    const is = (path: string | undefined) => path !== undefined && pathname.includes(path);
    const answer = (status: number, body: object) => void res.writeHead(status).end(JSON.stringify(body));
    req.resume().on("end", () => {
      if (is("/v1/status")) return answer(200, { timezone: "UTC", today: "2026-11-26", open_days: [], snapshots });
      const target = req.headers["x-amz-target"];
      if (target === "Firehose_20150804.PutRecord") return answer(is(refused) ? 400 : 200, {});
      if (target !== undefined) return answer(targets.push(String(target)) === 1 ? 400 : 200, {});
      if (is("/v1/metrics/")) return answer(200, { total: totalOf(search) });
      if (is(failed)) res.setHeader("x-amz-function-error", "Unhandled");
      if (is(failed) && failure !== undefined) return answer(200, { errorMessage: failure });
      return answer(is(missing) ? 404 : is(refused) ? 403 : 200, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    api: { url, awsUrl: url },
    targets,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

async function show(answers: Answers, databases: readonly DemoDatabase[] = []) {
  await using stage = await startStage(answers);
  const lines: string[] = [];
  const isShown = await showSources(stage.api, (line) => lines.push(line), { patienceMs: 100, databases });
  return { isShown, lines, targets: stage.targets };
}

/** As if 30 rows of each had been there before the first was sent. */
const counted = () => {
  const asked = new Set<string>();
  return (group: string) => {
    if (asked.has(group)) return 42;
    asked.add(group);
    return 30;
  };
};

test("rows of earlier runs are not counted, and a line of the table is a source", async () => {
  const { isShown, lines } = await show({ totalOf: counted() });
  expect(isShown).toBe(true);
  const table = lines.slice(lines.findIndex((line) => line.startsWith("source")) + 1);
  expect(table.map((line) => line.split(/ {2,}/).slice(0, 3))).toEqual(
    demoSources(Date.now()).map(({ name, rows }) => [name, `${rows}`, "12"]),
  );
});

test.each([
  ["functions/kafka", ["Skipped Kafka topic: turn it on with the parameter kafkaCluster"]],
  [
    "functions/buckets",
    [
      "Skipped S3 file of a load balancer: turn it on with the parameter logBuckets",
      "Skipped S3 file of CloudFront: turn it on with the parameter logBuckets",
    ],
  ],
  ["functions/cloudwatch", ["Skipped CloudWatch log group: turn it on with the parameter logGroups"]],
])("a stage without %s is told what turns it on, and the rest is shown", async (missing, expected) => {
  const { isShown, lines } = await show({ missing, totalOf: counted() });
  expect(isShown).toBe(true);
  expect(lines.filter((line) => line.startsWith("Skipped"))).toEqual(
    expected.map((line) => `${line} (docs/sources.md)`),
  );
  const skipped = expected.map((line) => /Skipped ([^:]+):/.exec(line)?.[1]);
  expect(lines.filter((line) => skipped.some((name) => line.startsWith(`${name} `)))).toEqual([]);
});

test.each([
  ["one that is missing", 41],
  ["one too many", 43],
  ["all missing", 30],
])("a source whose rows are counted wrong (%s) is not shown", async (_, total) => {
  const right = counted();
  const totalOf = (group: string) => {
    const count = right(group);
    return group.includes("demo-vector") && count === 42 ? total : count;
  };
  const { isShown, lines } = await show({ totalOf });
  expect(isShown).toBe(false);
  expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^Vector, application +12 +${total - 30} `)));
});

test("a stage that takes none of a source's rows ends the demo with its answer", async () => {
  await expect(show({ refused: "/v1/logs/app", totalOf: counted() })).rejects.toThrow(/^Cannot send to .*app.*: 403/);
  await expect(show({ failed: "/kafka/", totalOf: counted() })).rejects.toThrow(/^Cannot send to .*kafka.*: 200/);
});

test("a database is started, copied with a secret of its own, stopped, and has a line with its rows", async () => {
  const { database, asked } = shop();
  const { isShown, lines, targets } = await show({ totalOf: counted() }, [database]);
  expect([isShown, asked]).toEqual([true, ["started", "stopped"]]);
  expect(lines.at(-1)).toMatch(/^Shop +7 +7 +pipeline, demo-shop$/);
  // The secret is there from the last time.
  expect(targets).toEqual(["secretsmanager.CreateSecret", "secretsmanager.PutSecretValue"]);
});

test.each([
  ["no server of it", {}, false, "this machine has no server of it"],
  ["no function for it", { missing: "functions/snapshot" }, true, "turn it on with the parameter snapshots"],
  [
    "a function for others",
    { failed: "/snapshot/", failure: 'Cannot take a snapshot of "demo-shop": there is no such source' },
    true,
    "DAYMARK_SNAPSHOTS names other databases",
  ],
])("a database is skipped where there is %s, and all else is shown", async (_, answers, isHere, reason) => {
  const { database, asked } = shop(isHere);
  const { isShown, lines } = await show({ ...answers, totalOf: counted() }, [database]);
  expect([isShown, asked]).toEqual([true, isHere ? ["started", "stopped"] : []]);
  expect(lines[0]).toContain(`Skipped Shop: ${reason}`);
  expect(lines.filter((line) => line.startsWith("Shop"))).toEqual([]);
});

test("a database of which rows are missing is not shown, and one that cannot be copied ends the demo", async () => {
  const { database, asked } = shop();
  const { isShown, lines } = await show({ rows: 6, totalOf: counted() }, [database]);
  expect([isShown, lines.at(-1)]).toEqual([false, expect.stringMatching(/^Shop +7 +6 /)]);
  const failing = show({ failed: "/snapshot/", failure: "no route", totalOf: counted() }, [database]);
  await expect(failing).rejects.toThrow(/^Cannot take a snapshot of demo-shop: .*no route/);
  expect(asked).toEqual(["started", "stopped", "started", "stopped"]);
});

test("a database that may have to be fetched comes after all else, and says how far it is", async () => {
  const { database } = shop();
  const fetchedOne: DemoDatabase = {
    ...database,
    name: "Search",
    isFetched: true,
    async start({ say }) {
      say?.("55 MB fetched");
      return await database.start();
    },
  };
  const { isShown, lines } = await show({ totalOf: counted() }, [fetchedOne, database]);
  expect(isShown).toBe(true);
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(/^Shop +7 +7 +pipeline, demo-shop$/),
    "Search: 55 MB fetched",
    expect.stringMatching(/^Search +7 +7 +pipeline, demo-shop$/),
  ]);
  expect((await show({ rows: 6, totalOf: counted() }, [fetchedOne])).isShown).toBe(false);
});

test("a database that is not fetched in time is skipped", async () => {
  const { database } = shop();
  const slow: DemoDatabase = {
    ...database,
    isFetched: true,
    async start({ signal }) {
      while (signal?.aborted === false) await wait(10);
      return "it took too long";
    },
  };
  const { isShown, lines } = await show({ totalOf: counted() }, [slow]);
  expect([isShown, lines.at(-1)]).toEqual([true, "Skipped Shop: it took too long"]);
});
