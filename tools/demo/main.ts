/**
 * `npm run demo`: believable traffic for a Daymark that runs on this machine (`npm start`). First four weeks of
 * history, which take less than a minute, then live visitors with a campaign rush, for five minutes or until Ctrl-C.
 */
import { readOptions } from "../options.ts";
import { type Api, readStatus, readTotal } from "./api.ts";
import { dayMs } from "./days.ts";
import { findDaymark } from "./find-daymark.ts";
import { importAccessLog, sendPast } from "./history.ts";
import { type Live, sendLive } from "./live.ts";
import { type History, seal } from "./seal.ts";
import { showSources } from "./show-sources.ts";

const usage = `Usage: npm run demo [-- --minutes 5] [--days 28] [--visits 180] [--url URL] [--aws-url URL]
       npm run demo -- --sources [--url URL] [--aws-url URL]

Fills the Daymark that "npm start" runs: history of some days, then live visitors for some minutes. Without --url and
--aws-url, its ports are $PORT and $AWS_PORT, or 3000 and 4566.

--sources sends a few rows from every source instead (OpenTelemetry, shippers of logs, CloudWatch, CloudFront, Kafka,
files in S3) and takes snapshots of databases that this machine has; OpenSearch it fetches, where there are a JDK and
Maven. It ends with 1 if not all rows are counted within two minutes.`;

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const defaults = {
    minutes: 5,
    days: 28,
    visits: 180,
    sources: false,
    url: `http://127.0.0.1:${process.env.PORT || 3000}`,
    "aws-url": `http://127.0.0.1:${process.env.AWS_PORT || 4566}`,
  };
  const { minutes, days, visits, sources, url, ...options } = readOptions(usage, defaults, {
    most: { minutes: 600, days: 365, visits: 5000 },
  });
  const api: Api = { url: withoutSlash(url), awsUrl: withoutSlash(options["aws-url"]) };
  await findDaymark(api);
  if (sources) {
    if (!(await showSources(api, console.log))) throw new Error("Not everything that was sent is counted");
    return;
  }
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
  const started = performance.now();
  const history = await makeHistory(api, { days, visits });
  const sealing =
    history &&
    seal(api, history, { signal: stop.signal }).then(
      (done) => done && console.log(`Sealed the days before today, ${seconds(started)}`),
    );
  await Promise.all([goLive(api, minutes, stop.signal), sealing]);
}

/** A browser's address bar ends an address with a slash, to which paths cannot be added. */
function withoutSlash(url: string): string {
  return url.replace(/\/+$/, "");
}

/** If there is already a history, what of it is still to be sealed; undefined if nothing is. */
async function makeHistory(api: Api, { days, visits }: { days: number; visits: number }): Promise<History | undefined> {
  const { timezone, today, open_days } = await readStatus(api);
  const dayAgo = (n: number) => new Date(Date.parse(today) - n * dayMs).toISOString().slice(0, 10);
  const known = days > 0 ? await readTotal(api, "page_views", dayAgo(days), dayAgo(1)) : 0;
  if (days === 0 || known > 0) {
    console.log(`History is there: ${known.toLocaleString()} page views before today`);
    const isOpen = open_days.some((day) => day < today);
    return isOpen ? { first: dayAgo(days), today, events: 0, lines: 0 } : undefined;
  }
  const weeks = { days, visits, midnight: startOfDay(today, timezone), now: Date.now() };
  const started = performance.now();
  const first = dayAgo(days);
  const events = await sendPast(api, weeks, { first, today });
  const lines = await importAccessLog(api, weeks);
  console.log(`Sent ${events.toLocaleString()} events of ${days} days and their access log, ${seconds(started)}`);
  return { first, today, events, lines };
}

async function goLive(api: Api, minutes: number, signal: AbortSignal): Promise<void> {
  console.log(
    `Live for ${minutes} minutes, with a campaign rush. Look at ${api.url}/ (token ${process.env.DAYMARK_READ_TOKEN || "rt_local"}). Ctrl-C ends it.`,
  );
  const events = await sendLive(api, { seconds: minutes * 60, signal, onSecond: report });
  console.log(`Sent ${events.toLocaleString()} live events`);
}

function report({ second, visitors, events, isRush }: Parameters<Live["onSecond"]>[0]): void {
  if (second % 15 !== 0) return;
  console.log(`${visitors} visitors here, ${events.toLocaleString()} events${isRush ? ", campaign rush" : ""}`);
}

/** Epoch ms of a day's midnight in its zone, computed from the zone's offset at noon of that day. */
function startOfDay(day: string, timeZone: string): number {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const local = new Date(noon).toLocaleString("sv-SE", { timeZone });
  const offset = Date.parse(`${local.replace(" ", "T")}Z`) - noon;
  return Date.parse(day) - offset;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(0)} s`;
}
