/** How long people wait: for `npm start` when everything is already packaged, and (`--full`) for `npm test`. */
import { stripVTControlCharacters } from "node:util";
import { end, run, said } from "../process/child.ts";
import { makeFolder } from "../process/daymark.ts";
import type { Bench, Row } from "../report.ts";
import { median } from "./rounds.ts";

const STARTS = 5;

export const readiness: Bench = {
  title: "npm start, warm, until it is ready",
  async run({ full }) {
    await using home = await makeFolder();
    await secondsToStart(home.path); // packages the functions, if they have changed
    const seconds: number[] = [];
    for (let i = 0; i < STARTS; i++) seconds.push(await secondsToStart(home.path));
    const ready = { what: "npm start, warm", measured: median(seconds), unit: "s", atMost: 6 };
    return [ready, ...(full ? [await timeTests()] : [])];
  },
};

async function secondsToStart(home: string): Promise<number> {
  const startedAt = performance.now();
  const env = { PORT: "0", AWS_PORT: "0", DAYMARK_HOME: home };
  const child = run(["start"], { program: "npm", env });
  await said(child, /Daymark is ready on (\S+)/);
  const seconds = (performance.now() - startedAt) / 1000;
  await end(child);
  return seconds;
}

async function timeTests(): Promise<Row> {
  const startedAt = performance.now();
  const child = run(["test"], { program: "npm" });
  const code = await child.ended;
  const note = code === 0 ? "" : `it ended with ${code}: ${failedTests(child.output()).join(", ")}`;
  return { what: "npm test", measured: (performance.now() - startedAt) / 60_000, unit: "min", atMost: 2.5, note };
}

function failedTests(output: string): string[] {
  return [...stripVTControlCharacters(output).matchAll(/^ *FAIL +(.*)$/gm)].map(([, test = ""]) => test.trim());
}
