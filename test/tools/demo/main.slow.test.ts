/** `npm run demo` with stage `local`, small: the history that it sends is the history that the API returns. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startDaymark } from "../../browser/daymark.ts";

const run = promisify(execFile);
const main = resolve(import.meta.dirname, "../../../tools/demo/main.ts");

test("its history is counted whole and sealed, its visitors come, and it makes no history twice", async () => {
  await using daymark = await startDaymark();
  const demo = async (...args: string[]) => {
    const where = ["--url", daymark.url, "--aws-url", daymark.awsUrl];
    const { stdout } = await run(process.execPath, [main, "--days", "3", "--visits", "15", ...where, ...args]);
    return stdout;
  };
  const first = await demo("--minutes", "0.1");
  const sent = Number(/Sent ([\d,]+) events of 3 days/.exec(first)?.[1]?.replace(",", ""));
  const live = Number(/Sent ([\d,]+) live events/.exec(first)?.[1]?.replace(",", ""));
  expect(live).toBeGreaterThan(0);
  expect(first).toContain("Sealed the days before today");

  const { today, open_days } = await daymark.ask("/v1/status");
  expect(open_days).toEqual([today]);
  const from = new Date(Date.parse(String(today)) - 5 * 86_400_000).toISOString().slice(0, 10);
  const total = async (metric: string) => (await daymark.ask(`/v1/metrics/${metric}?from=${from}&to=${today}`)).total;
  await expect.poll(() => total("events"), { timeout: 10_000 }).toBe(sent + live);
  expect(await total("requests")).toBeGreaterThan(10);
  const { groups } = await daymark.ask(`/v1/metrics/page_views?from=${from}&to=${today}&by=country`);
  expect((groups as { key: string }[]).map(({ key }) => key)).toContain("KR");

  expect(await demo("--minutes", "0")).toContain("History is there");
  expect(await total("events")).toBe(sent + live);

  // As if the first run had been ended before it sealed a day.
  const yesterday = new Date(Date.parse(String(today)) - 86_400_000).toISOString().slice(0, 10);
  const left = JSON.stringify({ name: "click", target: "left", occurred_at: `${yesterday}T03:00:00Z` });
  await fetch(`${daymark.url}/v1/events`, { method: "POST", headers: { "x-write-key": "tk_local" }, body: left });
  await expect.poll(async () => (await daymark.ask("/v1/status")).open_days, { timeout: 10_000 }).toContain(yesterday);
  expect(await demo("--minutes", "0")).toContain("Sealed the days before today");
  expect((await daymark.ask("/v1/status")).open_days).toEqual([today]);

  const away = run(process.execPath, [main, "--url", daymark.url, "--aws-url", "http://127.0.0.1:9"]);
  await expect(away).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /Cannot find the AWS port of Daymark at http:\/\/127.0.0.1:9: nothing answers there; set AWS_PORT or --aws-url/,
    ),
  });
}, 400_000);

test("it says what to do when no Daymark is running", async () => {
  const failed = run(process.execPath, [main, "--url", "http://127.0.0.1:9"]);
  await expect(failed).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('start it with "npm start" first'),
  });
});
