/**
 * What a question costs over 6 years and over 1 year of sealed days, 1,000 keys each: the first time, when Athena has
 * to run, and again, when the answer is cached. Over HTTP, through the query function.
 */
import { addDays } from "../../src/metrics/time-bucket.ts";
import { ask, type Daymark, makeFolder, startDaymark } from "../process/daymark.ts";
import type { Bench, Row } from "../report.ts";
import { sealHistory, writeRollups } from "./rollup-history.ts";
import { median } from "./rounds.ts";

const QUESTIONS = 7;
const REPEATS = 30;
const YEAR_DAYS = 365;

export const historyQueries: Bench = {
  title: "query over years of rollups, 1,000 keys a day",
  async run() {
    await using home = await makeFolder();
    const to = addDays(new Date().toISOString().slice(0, 10), -2);
    const from = addDays(to, 1 - 6 * YEAR_DAYS);
    await writeRollups(home.path, from, to);
    await using daymark = await startDaymark(home.path);
    await sealHistory(daymark, from, to);
    await ask(daymark.url, `/v1/metrics/clicks?from=${from}&to=${from}`); // starts the function's thread
    return [
      ...(await measure(daymark, "6 years", { from, to })),
      ...(await measure(daymark, "1 year", { from: addDays(to, 1 - YEAR_DAYS), to })),
    ];
  },
};

type Range = { from: string; to: string };
const questions = {
  "the largest of 1,000 groups": "clicks?by=target&limit=10",
  "a total by day": "clicks?interval=day",
  "distinct visitors": "visitors?",
} as const;

async function measure(daymark: Daymark, name: string, { from, to }: Range): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [what, question] of Object.entries(questions)) {
    const cold: number[] = [];
    // A different range each time, so a different question.
    for (let i = 0; i < QUESTIONS; i++) cold.push(await msToAsk(daymark, question, { from: addDays(from, i), to }));
    const warm: number[] = [];
    for (let i = 0; i < REPEATS; i++) warm.push(await msToAsk(daymark, question, { from, to }));
    rows.push({ what: `${name}, ${what}, first time`, measured: median(cold), unit: "ms", atMost: 1000 });
    rows.push({ what: "  asked again", measured: median(warm), unit: "ms", atMost: 10 });
  }
  return rows;
}

async function msToAsk({ url }: Daymark, question: string, { from, to }: Range): Promise<number> {
  const startedAt = performance.now();
  await ask(url, `/v1/metrics/${question}&from=${from}&to=${to}`);
  return performance.now() - startedAt;
}
