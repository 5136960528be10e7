/**
 * The part for engines that read files without a catalog: pandas, pyarrow, polars, DuckDB and Spark open each table by
 * the path of its folder, and answer five questions from it as the API does.
 */
import { join } from "node:path";
import { estimate, type Sketch } from "../../../src/metrics/distinct-sketch.ts";
import { describedTables } from "../../docs/lake-page.ts";
import { pythonPackages } from "../../python-packages.ts";
import { askAthena } from "../ask-athena.ts";
import type { Lake } from "../lake.ts";
import type { Context, Part } from "../part.ts";
import { isThere, outputOf, sparkEnvironment } from "../program.ts";
import { packages } from "../python-list.ts";

type Answer = Record<string, string>;
type Read = { answers: Record<string, Answer> };

const engines = ["pandas", "pyarrow", "polars", "duckdb", "spark"] as const;
/** Folders that contain only a table's files: all that exist. */
const folders = Object.keys(describedTables());

export const readers: Part = {
  name: "readers",
  needs: ["python3"],
  async run(context) {
    const { say } = context;
    const python = await pythonPackages("python", packages);
    if (typeof python === "string") {
      say(`skipped, since ${python}`);
      return [];
    }
    const lake = await context.lake();
    const expected = await expectation(lake);
    const differences: string[] = [];
    for (const engine of engines) {
      if (engine === "spark" && !hasJava(say)) continue;
      const started = performance.now();
      const read = await readWith(python.python, engine, lake);
      differences.push(...compare(read, expected).map((line) => `${engine}: ${line}`));
      say(`${engine} read ${folders.length} tables in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
    return differences;
  },
};

function hasJava(say: Context["say"]): boolean {
  const has = isThere("java");
  if (!has) say("Spark is skipped, since there is no java on this machine");
  return has;
}

async function readWith(python: string, engine: string, { home, bucket }: Lake): Promise<Read> {
  const script = join(import.meta.dirname, "read.py");
  const args = [script, engine, join(home, "s3", bucket), ...folders];
  return JSON.parse(await outputOf(python, args, { env: { ...process.env, ...sparkEnvironment } })) as Read;
}

/** The API's answers for the sealed days, and local Athena's for the tables. */
async function expectation(lake: Lake): Promise<Read> {
  const range = `from=${lake.days[0]}&to=${lake.days.at(-2)}&limit=1000`;
  const groups = async (metric: string, by: string) => {
    const { groups = [] } = await ask(lake, `${metric}?by=${by}&${range}`);
    return Object.fromEntries(groups.map(({ key, value }) => [key, value]));
  };
  const { series = [] } = await ask(lake, `page_views?interval=day&${range}`);
  return {
    answers: {
      rows: await countRows(lake),
      "clicks by target": await groups("clicks", "target"),
      "revenue by currency": await groups("revenue", "currency"),
      "requests by status": await groups("requests", "status"),
      visitors: { total: (await ask(lake, `visitors?${range}`)).total },
      "page views by day": Object.fromEntries(series.map(({ day, value }) => [day, value])),
    },
  };
}

/** The number of rows of each table according to its catalog, from local Athena. */
async function countRows(lake: Lake): Promise<Answer> {
  const counts = folders.map(async (table): Promise<[string, string]> => {
    const [row] = await askAthena(lake, `select count(*) from ${table}`);
    return [table, row?.[0] ?? ""];
  });
  return Object.fromEntries(await Promise.all(counts));
}

type Metric = { total: string; groups?: { key: string; value: string }[]; series?: { day: string; value: string }[] };

/** A metric's answer, with its numbers digit for digit. */
async function ask({ url }: Lake, path: string): Promise<Metric> {
  for (;;) {
    const answer = await fetch(`${url}/v1/metrics/${path}`, { headers: { authorization: "Bearer rt_local" } });
    const text = await answer.text();
    if (answer.status === 200) return JSON.parse(text, digits) as Metric;
    if (answer.status !== 202) throw new Error(`Cannot ask ${path}: ${answer.status} ${text}`);
  }
}

function digits(_: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

function compare(read: Read, expected: Read): string[] {
  const { rows = {} } = read.answers;
  const empty = folders.flatMap((table) => (Number(rows[table]) > 0 ? [] : [`${table} has no rows`]));
  const { visitors = {}, ...answers } = read.answers;
  const own: Record<string, Answer> = { ...answers, visitors: { total: String(estimate(sketchOf(visitors))) } };
  const wrong = Object.entries(expected.answers).flatMap(([question, answer]) =>
    differences(question, own[question] ?? {}, answer),
  );
  return [...empty, ...wrong];
}

function sketchOf(ranks: Answer): Sketch {
  return new Map(Object.entries(ranks).map(([register, rank]) => [Number(register), Number(rank)]));
}

function differences(question: string, read: Answer, expected: Answer): string[] {
  const keys = [...new Set([...Object.keys(read), ...Object.keys(expected)])].sort();
  const isNone = (value: string | undefined) => value === undefined || value === "0";
  return keys
    .filter((key) => read[key] !== expected[key] && !(isNone(read[key]) && isNone(expected[key])))
    .map((key) => `${question}, ${JSON.stringify(key)}: ${read[key]}, and the pipeline says ${expected[key]}`);
}
