/** The commands of docs/sources.md for a stage on this machine, run as they stand there: all that they send is taken. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Daymark, startDaymark } from "../browser/daymark.ts";
import { commandsOf, shell, snippets } from "./sources-page.ts";

const line = '203.0.113.7 - - [26/Nov/2026:10:06:03 +0900] "GET /jobs/9 HTTP/1.1" 200 512 "-" "Mozilla/5.0"';
let daymark: Daymark;
let folder: string;
beforeAll(async () => {
  daymark = await startDaymark();
  folder = await mkdtemp(join(tmpdir(), "daymark-docs-"));
  await writeFile(join(folder, "access.log"), `${line}\n`);
}, 300_000);
afterAll(async () => {
  await daymark?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** Each command in the place of the log, with a curl that fails where the answer is no success. */
async function run(command: string): Promise<string> {
  const here = command
    .replaceAll("http://127.0.0.1:3000", daymark.url)
    .replaceAll("http://127.0.0.1:4566", daymark.awsUrl);
  return await shell(`cd ${folder}; curl() { command curl -sS --fail-with-body "$@"; }\n${here}`, process.env);
}

test("what is sent by curl is taken, and what is asked is answered", { timeout: 120_000 }, async () => {
  const commands = snippets
    .filter(({ kind }) => kind === "curl")
    .flatMap(({ text }) => commandsOf(text.replace(/^#.*\n/gm, "")));
  const [questions, others] = [true, false].map((is) => commands.filter((one) => is === one.includes("/v1/metrics/")));
  const answers = new Set<string>();
  for (const command of others ?? []) answers.add(await run(command));
  // OpenTelemetry's answer, and that to a file that is put into a bucket, are empty. Firehose's is its record's id.
  const put = [...answers].filter((answer) => answer.includes("RecordId"));
  expect(put).toHaveLength(1);
  expect([...answers].filter((answer) => !put.includes(answer)).sort()).toEqual([
    "",
    '{"accepted":1,"rejected":0}',
    "{}",
  ]);
  await expect.poll(async () => (await daymark.ask("/v1/metrics/app_logs?from=2026-11-01")).total).toBe(3);
  await expect.poll(async () => (await daymark.ask("/v1/metrics/requests?from=2026-11-01")).total).toBe(3);
  await expect
    .poll(async () => (await daymark.ask("/v1/metrics/requests?from=2026-11-01&host=shop.example")).total)
    .toBe(1);
  expect(questions).toHaveLength(1);
  expect(JSON.parse(await run(questions?.[0] ?? ""))).toMatchObject({ metric: "app_logs", total: 3 });
});
