/**
 * `npm run demo -- --sources`: sends some rows from every source, has snapshots taken of databases, and waits until as
 * many rows are counted as the dashboard shows. What the stage has no function or route for is skipped, with the
 * parameter that turns it on.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type Api, askTotal, readStatus } from "./api.ts";
import { type Copied, copyDatabases } from "./copy-databases.ts";
import { type DemoDatabase, demoDatabases } from "./databases.ts";
import { deliver } from "./deliver.ts";
import { type DemoSource, demoSources } from "./sources.ts";

/** One source: what was counted before, and what is counted now, once it is sent. */
type Shown = { source: DemoSource; before: number; now: number };
/** A line of the table: what was sent, what is counted of it, and where the dashboard shows it. */
type SourceLine = { name: string; sent: number; counted: number; where: string };
type Options = { patienceMs?: number; databases?: readonly DemoDatabase[] };

/** Prints what each source sent and what is counted of it. Returns whether everything that was sent is counted. */
export async function showSources(
  api: Api,
  print: (line: string) => void,
  { patienceMs = 120_000, databases = demoDatabases }: Options = {},
): Promise<boolean> {
  const fetching = AbortSignal.timeout(patienceMs);
  const { today } = await readStatus(api);
  const count = ({ metric, group }: DemoSource) => askTotal(api, `${metric}?from=${today}&${group}`);
  const shown: Shown[] = [];
  for (const source of demoSources(Date.now())) {
    const before = await count(source);
    if (await deliver(api, source.delivery)) shown.push({ source, before, now: before });
    else print(`Skipped ${source.name}: turn it on with the parameter ${source.parameter} (docs/sources.md)`);
  }
  const atOnce = await copyDatabases(
    api,
    databases.filter(({ isFetched }) => !isFetched),
    print,
  );
  const until = performance.now() + patienceMs;
  do {
    await wait(200);
    for (const one of shown) if (!isCounted(one)) one.now = await count(one.source);
  } while (!shown.every(isCounted) && performance.now() < until);
  const lines = [
    ...shown.map(({ source: { name, rows, metric, group }, before, now }) => {
      return { name, sent: rows, counted: now - before, where: `${metric}, ${group}` };
    }),
    ...atOnce.map(databaseLine),
  ];
  for (const line of tableOf(lines)) print(line);
  // Nothing waits for what may have to be fetched.
  const late = databases.filter(({ isFetched }) => isFetched);
  const lateLines = (await copyDatabases(api, late, print, fetching)).map(databaseLine);
  for (const line of tableOf([...lines, ...lateLines]).slice(1 + lines.length)) print(line);
  return [...lines, ...lateLines].every(({ sent, counted }) => sent === counted);
}

function databaseLine({ database: { name, source, rows }, rows: counted }: Copied): SourceLine {
  return { name, sent: rows, counted, where: `pipeline, ${source}` };
}

function isCounted({ source, before, now }: Shown): boolean {
  return now - before === source.rows;
}

function tableOf(lines: readonly SourceLine[]): string[] {
  const rows = lines.map(({ name, sent, counted, where }) => [name, `${sent}`, `${counted}`, where]);
  const all = [["source", "sent", "counted", "on the dashboard"], ...rows];
  const width = (column: number) => Math.max(...all.map((row) => row[column]?.length ?? 0));
  const widths = [0, 1, 2].map(width);
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
}
