/** `npm run demo -- --sources` with stage `local`: as many rows as it sent are counted, and are in the lake. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { demoDatabases } from "../../../tools/demo/databases.ts";
import { demoSources } from "../../../tools/demo/sources.ts";
import { startDaymark } from "../../browser/daymark.ts";

const run = promisify(execFile);
const main = resolve(import.meta.dirname, "../../../tools/demo/main.ts");

test("every row of every source is counted and stored once, in each of two runs", async () => {
  await using daymark = await startDaymark();
  const demo = () => run(process.execPath, [main, "--sources", "--url", daymark.url, "--aws-url", daymark.awsUrl]);
  const sources = demoSources(Date.now());
  for (const runs of [1, 2]) {
    const { stdout } = await demo();
    for (const { name, rows, metric, group } of sources) {
      expect(stdout).toMatch(new RegExp(`^${name} +${rows} +${rows} +${metric}, ${group}$`, "m"));
      expect([name, (await daymark.ask(`/v1/metrics/${metric}?${group}`)).total]).toEqual([name, rows * runs]);
    }
    for (const { name, rows, source } of demoDatabases) {
      const shown = new RegExp(`^${name} +${rows} +${rows} +pipeline, ${source}$`, "m").test(stdout);
      // Only the file needs no server; `npm run test:sources` has all.
      const isSkipped = stdout.includes(`Skipped ${name}: `);
      expect([name, shown, isSkipped]).toEqual([name, !isSkipped, source !== "demo-redis-rdb" && isSkipped]);
    }
    const keys = await daymark.query("SELECT count(*) AS n FROM latest_demo_redis_rdb_0");
    expect(keys).toEqual([{ n: "12" }]);
  }
  const stored = await daymark.query(
    "SELECT coalesce(service, host, name) AS source, count(*) AS n FROM events GROUP BY 1",
  );
  const expected = sources.map(({ group, rows }) => `${group.split("=")[1]} ${2 * rows}`);
  expect(stored.map(({ source, n }) => `${source} ${n}`).sort()).toEqual(expected.sort());
}, 300_000);
