/**
 * A log of 1,200 days through the whole pipeline: Firehose's limit on partitions is never reached, so each event is
 * counted and stored in the lake. Nearly all of the time is the waiting that the limit requires.
 */
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { AthenaClient } from "@aws-sdk/client-athena";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageStage } from "../../../local/package-stage.ts";
import { type Pipeline, startPipeline } from "../../../local/start-pipeline.ts";
import { sql } from "../../../src/athena-queries/sql.ts";
import { createAthena } from "../../../src/aws/athena.ts";
import { DAY_MS } from "../../../src/metrics/time-bucket.ts";
import { metricAnswer } from "../../../src/schemas/api/answer.ts";
import { runImport } from "../../../tools/import/run.ts";
import { accessLines } from "./access-lines.ts";

const root = resolve(import.meta.dirname, "../../..");
const DAYS = 1200;
const FIRST = Date.UTC(2021, 0, 1, 20); // another day in Seoul than in UTC

describe("an import of 1,200 days", { timeout: 600_000 }, () => {
  let home: string;
  let pipeline: Pipeline;
  const warnings: string[] = [];

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), "daymark-years-"));
    const packaged = await packageStage("local", { root, env: {} });
    const warn = (message: string) => warnings.push(message);
    pipeline = await startPipeline({ packaged, home: join(home, "data"), port: 0, awsPort: 0, warn });
  }, 180_000);
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await rm(home, { recursive: true, force: true });
  });

  test("counts and delivers every line, in whatever order the days come, and says that it waits", async () => {
    // Three times through all days, so that none is over before the end.
    const days = Array.from({ length: DAYS * 3 }, (_, i) => FIRST + (i % DAYS) * DAY_MS);
    const path = join(home, "access.log");
    await writeFile(path, days.flatMap((at, i) => accessLines(3, at + i * 10)).join("\n"));
    const [out, err]: string[][] = [[], []];
    const args = [path, "--url", pipeline.url];
    const output = { out: (text: string) => out?.push(text), err: (text: string) => err?.push(text) };
    expect(await runImport(args, { DAYMARK_HOME: join(home, "importer") }, output)).toBe(0);

    expect(out?.join("")).toContain(`accepted ${(DAYS * 9).toLocaleString("en-US")}`);
    expect(err?.join("")).toMatch(/the next days wait up to 40 s each time, because Firehose takes 400 days at once/);
    expect(err?.join("")).toMatch(/\d+ of 1,200 days sent, waiting until Firehose has room for more/);
    await pipeline.flush({ timeoutMs: 300_000 });
    expect(await errors()).toEqual([]);
    expect(warnings).toEqual([]);
    expect(await rowsInLake()).toBe(DAYS * 9);
    expect(await countedRequests()).toBe(DAYS * 9);
  });

  async function errors(): Promise<string[]> {
    const names = await readdir(join(home, "data/s3"), { recursive: true });
    return names.filter((name) => /\/errors\/.*-\d{2}-/.test(name));
  }

  async function countedRequests(): Promise<number | null> {
    const headers = { authorization: "Bearer rt_local" };
    const path = `/v1/metrics/requests?from=2021-01-01&to=2024-12-31`;
    for (;;) {
      const response = await fetch(`${pipeline.url}${path}`, { headers });
      if (response.status !== 202) return metricAnswer.parse(await response.json()).total;
    }
  }

  async function rowsInLake(): Promise<number> {
    const client = new AthenaClient({
      endpoint: pipeline.awsUrl,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const athena = createAthena({ client, workGroup: "daymark-local", database: "daymark_local" });
    const [row] = await athena.run(sql`select count(distinct event_id) as n from events`);
    return Number(row?.n);
  }
});
