/**
 * `npm run test:sources`: snapshots of real servers, of this machine or fetched as packages of Debian or Maven, and of the
 * stand-in for Elasticsearch and OpenSearch, which needs none; a real Collector of OpenTelemetry, built from Go modules, and a real Kafka
 * of Maven. Arguments go to vitest (`-- types` for the tests of that name). Says what it skips where a server cannot be had, and ends well.
 */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { openSearchServers } from "../../tools/servers/opensearch.ts";
import { postgresPrograms } from "../../tools/servers/postgres.ts";
import { searchProgram } from "../../tools/servers/search-program.ts";
import { awsCli } from "../docs/sources-page.ts";
import { collectorProgram } from "./collector-program.ts";
import { elasticsearchServers } from "./elasticsearch.ts";
import { kafkaProgram } from "./kafka-server.ts";
import { mariaDbProgram, newestMariaDbProgram } from "./mariadb.ts";
import { mySqlProgram } from "./mysql.ts";
import { redisProgram, valkeyProgram } from "./redis.ts";

const servers = {
  postgres: { programs: await postgresPrograms(), package: "postgresql" },
  redis: { programs: await redisProgram(), package: "redis-tools" },
  mariadb: { programs: await mariaDbProgram(), package: "mariadb-server-core" },
  mysql: { programs: await mySqlProgram(), package: "mysql-server-core of sid" },
  valkey: { programs: await valkeyProgram(), package: "valkey-server of sid" },
};
const missing = Object.entries(servers).filter(([, { programs }]) => programs === undefined);
for (const [name, { package: debian }] of missing)
  console.log(`test:sources skipped ${name}: no server can be had (Debian's package ${debian})`);
// Their tests skip these themselves.
if ((await newestMariaDbProgram()) === undefined)
  console.log(
    "test:sources skipped the newest MariaDB: no server can be had (Debian's package mariadb-server-core of sid)",
  );
if ((await collectorProgram()) === undefined)
  console.log("test:sources skipped the Collector: it cannot be built (Go, and its modules)");
if ((await kafkaProgram()) === undefined)
  console.log("test:sources skipped Kafka: no broker can be had (a JDK of version 17 or newer, and Maven)");
for (const server of [...openSearchServers, ...elasticsearchServers]) {
  const program = await searchProgram([server], { say: (line) => console.log(`test:sources: ${line}`) });
  if (typeof program === "string") console.log(`test:sources skipped ${server.name}: ${program}`);
}

const root = resolve(import.meta.dirname, "../..");
const vitest = [resolve(root, "node_modules/vitest/vitest.mjs"), "run", "--config", "vitest.sources.config.ts"];
const cli = await awsCli();
if (typeof cli === "string") console.log(`test:sources skipped the snippets of docs/sources.md: ${cli}`);
// The tests of the demo and of the docs are of all but MySQL and Valkey.
const isMissing = missing.some(([name]) => name !== "mysql" && name !== "valkey");
const ofAll = isMissing ? ["demo", "docs"] : typeof cli === "string" ? ["docs"] : [];
const skipped = [...missing.map(([name]) => name), ...ofAll];
const without = skipped.flatMap((name) => ["--exclude", `test/sources-servers/${name}*`]);
const child = spawn(process.execPath, [...vitest, ...without, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
child.once("close", (code) => process.exit(code ?? 1));
