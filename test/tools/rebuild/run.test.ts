import { expect, test } from "vitest";
import { rebuild, runRebuild } from "../../../tools/rebuild/run.ts";

function io() {
  const said = { out: "", err: "" };
  return {
    said,
    out: (text: string) => (said.out += text),
    err: (text: string) => (said.err += text),
  };
}
const days = { from: "2020-01-01", to: "2020-01-03" };
const run = (waiting: string[], failed: string[] = []) => ({ sealed: ["2020-01-01"], waiting, failed });

test("asks again for the days that wait, from the first of them", async () => {
  const answers = [run(["2020-01-03", "2020-01-02"]), run(["2020-01-03"]), run([])];
  const asked: string[] = [];
  const code = await rebuild(
    days,
    async ({ from, to }) => {
      asked.push(`${from} ${to}`);
      return answers.shift() ?? run([]);
    },
    io(),
  );
  expect([code, asked]).toEqual([0, ["2020-01-01 2020-01-03", "2020-01-02 2020-01-03", "2020-01-03 2020-01-03"]]);
});

test("ends when days fail, and when none moves", async () => {
  const failing = io();
  expect(await rebuild(days, async () => run([], ["2020-01-02"]), failing)).toBe(1);
  expect(failing.said.err).toContain("Cannot roll up 2020-01-02");
  const stuck = io();
  expect(await rebuild(days, async () => run(["2020-01-03"]), stuck)).toBe(1);
  expect(stuck.said.err).toContain("1 days still wait, from 2020-01-03 on");
});

test("says what is wrong with a command line, and where nothing is", async () => {
  const wrong = io();
  expect(await runRebuild(["--form", "2020-01-01"], {}, wrong)).toBe(2);
  expect(await runRebuild([], {}, wrong)).toBe(2);
  expect(wrong.said.err).toMatch(/--form.*--from says the first day/s);
  expect(await runRebuild(["--help"], {}, wrong)).toBe(0);
  const away = io();
  expect(await runRebuild(["--from", "2020-01-01", "--url", "http://127.0.0.1:9"], {}, away)).toBe(1);
  expect(away.said.err).toContain("Cannot reach daymark-local-batch");
});
