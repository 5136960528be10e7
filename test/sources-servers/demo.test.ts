/** `npm run demo -- --sources` where all servers can be had: the rows of each database are in the lake, and in the status. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openSearchServers } from "../../tools/servers/opensearch.ts";
import { searchProgram } from "../../tools/servers/search-program.ts";
import { startDaymark } from "../browser/daymark.ts";
import { mariaDbProgram } from "./mariadb.ts";
import { redisProgram } from "./redis.ts";

const run = promisify(execFile);
const main = resolve(import.meta.dirname, "../../tools/demo/main.ts");

test("the demo has each database copied by a reader of its own, of OpenSearch too where it can be had", async () => {
  // The demo itself downloads nothing but OpenSearch, and starts it where there are a JDK and Maven.
  const openSearch = await searchProgram(openSearchServers);
  const hasOpenSearch = typeof openSearch !== "string";
  const found = [await mariaDbProgram(), await redisProgram()].every((program) => program !== undefined);
  expect(found).toBe(true);
  await using daymark = await startDaymark();
  const started = performance.now();
  const { stdout } = await run(process.execPath, [
    main,
    "--sources",
    "--url",
    daymark.url,
    "--aws-url",
    daymark.awsUrl,
  ]);
  expect(performance.now() - started).toBeLessThan(120_000);
  expect(stdout.match(/^Skipped.*/gm)).toEqual(hasOpenSearch ? null : [`Skipped OpenSearch: ${openSearch}`]);
  expect(stdout.match(/^.* pipeline, demo-.*/gm)?.map((line) => line.split(/ {2,}/))).toEqual([
    ["PostgreSQL", "12", "12", "pipeline, demo-postgres"],
    ["MariaDB", "12", "12", "pipeline, demo-mariadb"],
    ["Redis", "12", "12", "pipeline, demo-redis"],
    ["RDB file of Redis", "12", "12", "pipeline, demo-redis-rdb"],
    ...(hasOpenSearch ? [["OpenSearch", "12", "12", "pipeline, demo-opensearch"]] : []),
  ]);
  const { snapshots } = (await daymark.ask("/v1/status")) as unknown as Status;
  const sources = ["demo-mariadb", ...(hasOpenSearch ? ["demo-opensearch"] : []), "demo-postgres", "demo-redis"];
  expect(snapshots.map(({ source, failed, tables }) => [source, failed, tables.map(({ rows }) => rows)])).toEqual(
    [...sources, "demo-redis-rdb"].map((source) => [source, null, [12]]),
  );
  const ask = async (columns: string, table: string) =>
    Object.values((await daymark.query(`SELECT ${columns} FROM latest_demo_${table}`))[0] ?? {});
  expect(await ask("count(DISTINCT id), sum(total), sum(cardinality(tags))", "postgres_public_orders")).toEqual([
    "12",
    "117.00",
    "24",
  ]);
  expect(await ask("count(DISTINCT id), sum(total)", "mariadb_shop_orders")).toEqual(["12", "117.00"]);
  expect(await ask("count(DISTINCT key), min(type)", "redis_0")).toEqual(["12", "hash"]);
  expect(await ask("count(DISTINCT key), count(DISTINCT type)", "redis_rdb_0")).toEqual(["12", "6"]);
  const total = "sum(cast(json_extract_scalar(document, '$.total') AS decimal(12, 2)))";
  if (hasOpenSearch) expect(await ask(`count(DISTINCT id), ${total}`, "opensearch_orders")).toEqual(["12", "117.00"]);
});

type Status = { snapshots: { source: string; failed: unknown; tables: { rows: number }[] }[] };
