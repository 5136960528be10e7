/** What the demo says of sources that a stage does not have, does not take, or does not count. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { showSources } from "../../../tools/demo/show-sources.ts";
import { demoSources } from "../../../tools/demo/sources.ts";

type Answers = { missing?: string; refused?: string; failed?: string; totalOf: (group: string) => number };

/** A server that answers as both ports of a stage do. */
async function startStage({ missing, refused, failed, totalOf }: Answers) {
  const server = createServer((req, res) => {
    const { pathname, search } = new URL(req.url ?? "/", "http://stage");
    const is = (path: string | undefined) => path !== undefined && pathname.includes(path);
    const answer = (status: number, body: object) => void res.writeHead(status).end(JSON.stringify(body));
    req.resume().on("end", () => {
      if (is("/v1/status")) return answer(200, { timezone: "UTC", today: "2026-11-26", open_days: [] });
      if (is("/v1/metrics/")) return answer(200, { total: totalOf(search) });
      if (is(failed)) res.setHeader("x-amz-function-error", "Unhandled");
      return answer(is(missing) ? 404 : is(refused) ? 403 : 200, {});
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    api: { url, awsUrl: url },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

async function show(answers: Answers) {
  await using stage = await startStage(answers);
  const lines: string[] = [];
  const isShown = await showSources(stage.api, (line) => lines.push(line), 100);
  return { isShown, lines };
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
  expect(lines.filter((line) => line.startsWith("Skipped")).slice(0, -1)).toEqual(
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
