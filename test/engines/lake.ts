/**
 * The lake that all engines read: a Daymark as `npm start` runs it received events of some past days and of today, and
 * its batch sealed the past days.
 */
import { setTimeout as wait } from "node:timers/promises";
import { makeFolder, startDaymark } from "../../bench/process/daymark.ts";
import { type Api, readStatus, readTotal, runBatch } from "../../tools/demo/api.ts";
import { type DrawnEvent, drawRequests } from "./drawn-events.ts";

export type Lake = Api & {
  /** DAYMARK_HOME: `s3/<bucket>/…` contains the files, `glue/…` the partitions. */
  home: string;
  bucket: string;
  database: string;
  workGroup: string;
  /** Days (YYYY-MM-DD) with events, the oldest first; all but the last are sealed. */
  days: string[];
  /** How many events were accepted, including those that were sent again with another batch id. */
  events: number;
} & AsyncDisposable;

const patienceMs = 180_000;

/** Starts a pipeline in its own folder, feeds it and waits until all days but today are sealed. */
export async function makeLake(seed: number, say: (line: string) => void): Promise<Lake> {
  const stack = new AsyncDisposableStack();
  const folder = stack.use(await makeFolder());
  const daymark = stack.use(await startDaymark(folder.path));
  const { days, requests } = drawRequests(seed, (await readStatus(daymark)).today);
  await sendRejected(daymark);
  for (const body of requests) await send(daymark, body);
  const counted = new Set(requests.flatMap(({ events }) => events.filter(isCounted).map(({ event_id }) => event_id)));
  await waitUntil("every event is counted", async () => {
    const total = await readTotal(daymark, "events", days[0] ?? "", days.at(-1) ?? "");
    return total >= counted.size;
  });
  await waitUntil("the days are sealed", async () => {
    await runBatch(daymark);
    const { open_days: open } = await readStatus(daymark);
    return open.every((day) => day === days.at(-1));
  });
  await rebuild(daymark, days[0] ?? "");
  const events = requests.reduce((sum, body) => sum + body.events.length, 0);
  say(`a lake of ${events} events on ${days.length} days, all but today sealed`);
  const names = { bucket: "daymark-local-lake-000000000000", database: "daymark_local", workGroup: "daymark-local" };
  const { url, awsUrl } = daymark;
  return { url, awsUrl, home: folder.path, ...names, days, events, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function isCounted({ name }: DrawnEvent): boolean {
  return name !== "access_log";
}

async function send({ url }: Api, body: { events: readonly object[] }): Promise<void> {
  const headers = { "x-write-key": "tk_local" };
  for (let tries = 1; ; tries++) {
    const answer = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (answer.status === 202 && JSON.parse(text).accepted === body.events.length) return;
    if (tries > 20 || answer.status < 500) throw new Error(`Cannot send events: ${answer.status} ${text}`);
    await wait(500);
  }
}

/** Seals a day again: its earlier run stays next to the one that the catalog then points to. */
async function rebuild({ awsUrl }: Api, day: string): Promise<void> {
  const body = JSON.stringify({ rebuild: { from: day, to: day } });
  const answer = await fetch(`${awsUrl}/2015-03-31/functions/batch/invocations`, { method: "POST", body });
  const text = await answer.text();
  if (!answer.ok || answer.headers.has("x-amz-function-error")) throw new Error(`Cannot rebuild ${day}: ${text}`);
}

/** An event that is rejected and stored as such: a click on nothing. */
async function sendRejected({ url }: Api): Promise<void> {
  const headers = { "x-write-key": "tk_local" };
  const answer = await fetch(`${url}/v1/events`, { method: "POST", headers, body: JSON.stringify({ name: "click" }) });
  if (answer.status !== 400) throw new Error(`A click on nothing is answered ${answer.status}: ${await answer.text()}`);
}

async function waitUntil(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await holds()); waited += 500) {
    if (waited > patienceMs)
      throw new Error(`Cannot go on: after ${patienceMs / 1000} s it does not hold that ${what}`);
    await wait(500);
  }
}
