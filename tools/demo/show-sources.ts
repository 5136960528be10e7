/**
 * `npm run demo -- --sources`: sends some rows from every source, and waits until as many are counted as the dashboard
 * shows. What the stage has no function or route for is skipped, with the parameter that turns it on.
 */
import { setTimeout as wait } from "node:timers/promises";
import { type Api, askTotal, readStatus } from "./api.ts";
import { deliver } from "./deliver.ts";
import { type DemoSource, demoSources } from "./sources.ts";

const noSnapshots =
  "Skipped PostgreSQL, MySQL, MariaDB, Redis, Elasticsearch and OpenSearch: stage local takes no snapshots. " +
  '"npm run test:sources" takes them from real servers.';

/** One source: what was counted before, and what is counted now, once it is sent. */
type Shown = { source: DemoSource; before: number; now: number };

/** Prints what each source sent and what is counted of it. Returns whether everything that was sent is counted. */
export async function showSources(api: Api, print: (line: string) => void, patienceMs = 120_000): Promise<boolean> {
  const { today } = await readStatus(api);
  const count = ({ metric, group }: DemoSource) => askTotal(api, `${metric}?from=${today}&${group}`);
  const shown: Shown[] = [];
  for (const source of demoSources(Date.now())) {
    const before = await count(source);
    if (await deliver(api, source.delivery)) shown.push({ source, before, now: before });
    else print(`Skipped ${source.name}: turn it on with the parameter ${source.parameter} (docs/sources.md)`);
  }
  print(noSnapshots);
  const until = performance.now() + patienceMs;
  do {
    await wait(200);
    for (const one of shown) if (!isCounted(one)) one.now = await count(one.source);
  } while (!shown.every(isCounted) && performance.now() < until);
  for (const line of tableOf(shown)) print(line);
  return shown.every(isCounted);
}

function isCounted({ source, before, now }: Shown): boolean {
  return now - before === source.rows;
}

function tableOf(shown: readonly Shown[]): string[] {
  const rows = shown.map(({ source, before, now }) => {
    return [source.name, `${source.rows}`, `${now - before}`, `${source.metric}, ${source.group}`];
  });
  const all = [["source", "sent", "counted", "on the dashboard"], ...rows];
  const width = (column: number) => Math.max(...all.map((row) => row[column]?.length ?? 0));
  const widths = [0, 1, 2].map(width);
  return all.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  "));
}
