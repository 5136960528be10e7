/** `npm run rebuild` against stage `local`: the day's rollup is made again by the batch that runs there. */
import { expect, test } from "vitest";
import { runRebuild } from "../../../tools/rebuild/run.ts";
import { startDaymark } from "../../browser/daymark.ts";

test("days of a running stage are rolled up again", async () => {
  await using daymark = await startDaymark();
  const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
  const body = JSON.stringify({ name: "click", target: "a", occurred_at: `${yesterday}T03:00:00Z` });
  await fetch(`${daymark.url}/v1/events`, { method: "POST", headers: { "x-write-key": "tk_local" }, body });
  const clicks = async () => (await daymark.ask(`/v1/metrics/clicks?from=${yesterday}`)).total;
  await expect.poll(clicks, { timeout: 10_000 }).toBe(1);
  const said: string[] = [];
  const io = { out: (text: string) => said.push(text), err: (text: string) => said.push(text) };
  const args = ["--from", yesterday, "--to", yesterday, "--url", daymark.awsUrl];
  await expect.poll(() => runRebuild(args, {}, io), { timeout: 60_000, interval: 1000 }).toBe(0);
  expect(said.at(-1)).toBe("Rolled up 1 days, 0 wait, 0 failed\n");
  expect(await clicks()).toBe(1);
}, 180_000);
