/** The running Daymark that the demo talks to, with the keys of stage `local`. */
import { z } from "zod";
import type { Person } from "./people.ts";
import type { DemoEvent } from "./visits.ts";

export type Api = { url: string; awsUrl: string };

const statusShape = z.object({ timezone: z.string(), today: z.string(), open_days: z.array(z.string()) });
const snapshotsShape = z.object({
  snapshots: z.array(z.object({ source: z.string(), tables: z.array(z.object({ rows: z.int() })) })),
});
/** JSON.parse would round numbers above 2^53; a total here counts the demo's own events and stays below. */
const totalShape = z.object({ total: z.int() });

export const trustedKey = process.env.DAYMARK_TRUSTED_KEY || "tk_local";
const keysToSet = 'set DAYMARK_TRUSTED_KEY and DAYMARK_WRITE_KEY to what "npm start" was given';
/** How it is called in words: one of somebody's own is not shown. */
export const readKey = process.env.DAYMARK_READ_TOKEN ? "$DAYMARK_READ_TOKEN" : "rt_local";
export const readHeaders = { authorization: `Bearer ${process.env.DAYMARK_READ_TOKEN || "rt_local"}` };

/** Posts a batch as this person's browser would. Retries while the server is busy, and throws if it refuses. */
export async function post(
  { url }: Api,
  request: { key: string; batchId: string; person: Person; events: readonly DemoEvent[] },
): Promise<void> {
  const { key, batchId, person, events } = request;
  const headers = { "x-write-key": key, "user-agent": person.userAgent, "cloudfront-viewer-country": person.country };
  for (let attempt = 1; ; attempt++) {
    const body = JSON.stringify({ batch_id: batchId, sent_at: Date.now(), events });
    const answer = await fetch(`${url}/v1/events`, { method: "POST", headers, body });
    const text = await answer.text();
    if (answer.status === 202) return;
    if (answer.status === 401) throw new Error(`Cannot send events to ${url}: ${answer.status}; ${keysToSet}`);
    if (attempt > 8 || (answer.status < 500 && answer.status !== 429))
      throw new Error(`Cannot send events to ${url}: ${answer.status} ${text.slice(0, 200)}`);
    await new Promise((done) => setTimeout(done, 250 * attempt));
  }
}

export async function readStatus({ url }: Api) {
  return statusShape.parse(await read(`${url}/v1/status`));
}

/** The rows of each source's last complete snapshot. */
export async function readSnapshots({ url }: Api): Promise<Map<string, number>> {
  const { snapshots } = snapshotsShape.parse(await read(`${url}/v1/status`));
  return new Map(snapshots.map(({ source, tables }) => [source, tables.reduce((sum, { rows }) => sum + rows, 0)]));
}

/** A metric's total over some days; 0 if they have none. */
export async function readTotal({ url }: Api, metric: string, from: string, to: string): Promise<number> {
  return await askTotal({ url }, `${metric}?from=${from}&to=${to}`);
}

/** The total of any question about a metric: `requests?status=404`. */
export async function askTotal({ url }: Pick<Api, "url">, question: string): Promise<number> {
  return totalShape.parse(await read(`${url}/v1/metrics/${question}`)).total;
}

/** Runs the batch now instead of on schedule: it seals the days that are complete. */
export async function runBatch({ awsUrl }: Api): Promise<void> {
  const answer = await fetch(`${awsUrl}/2015-03-31/functions/batch/invocations`, { method: "POST", body: "{}" });
  if (!answer.ok) throw new Error(`Cannot run the batch: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

async function read(address: string): Promise<unknown> {
  for (;;) {
    const answer = await fetch(address, { headers: readHeaders });
    if (answer.status === 200) return await answer.json();
    const text = await answer.text();
    if (answer.status !== 202) throw new Error(`Cannot ask ${address}: ${answer.status} ${text.slice(0, 200)}`);
  }
}
