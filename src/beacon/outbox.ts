/**
 * Sends events. A batch is stored before it is sent and removed when the server has decided about it. So whatever
 * happens to the page or the network, it is sent again with the same id, and the server counts it once.
 */
import { isPrivate } from "./privacy.ts";
import { warn } from "./safely.ts";
import { eventsUrl, prefix } from "./settings.ts";
import { keysOf, put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** A batch: its key in the store, which ends with its id, and its events as JSON, with commas between. */
type Batch = [key: string, events: string];

/** Batches of this page, of which at most 1,000 wait, stored or not. */
const ours: Batch[] = [];
/** Whether there is a pause, during which nothing is sent. The timer is not kept: pages replace `setTimeout` by what gives none. */
let pause: unknown;
let failures = 0;

/** Sends events as JSON, less than 60 KB: after everything that waits, or with it immediately if this may be the last chance. */
export const deliver = (events: string, isLast?: boolean): void => {
  if (!events || ours[999] || isPrivate()) return;
  const id = uuidV7();
  const batch: Batch = [prefix + id, `"batch_id":"${id}","events":[${events}]}`];
  const kept = keysOf().map((key) => key + store[key]);
  // Browsers count two bytes for a character: at most 1 MB of the storage, with all that waits for other pages.
  if (kept.length < 200 && (kept + events).length < 500_000) put(...batch);
  ours.push(batch);
  if (!pause && isLast) void ours.splice(0).map(transmit);
  void drain();
};

/** Sends what waits, one batch after the other and in one tab at a time. */
const drain = async (): Promise<void> => {
  const work = async (): Promise<void> => {
    while (!pause && !isPrivate()) {
      // One of this page, or one that its own page, closed or not, has not managed to send for a while.
      const left = keysOf(prefix).find((key) => key < prefix + uuidV7(20_000));
      const batch = ours.shift() ?? (left && ([left, store[left]] as Batch));
      if (!batch) return;
      await transmit(batch);
    }
  };
  try {
    await navigator.locks.request("daymark", work);
  } catch {
    // If tabs cannot coordinate, some batches are sent twice, and counted once.
    await work();
  }
};

/** Ends the pause: its time is over, or the network is back. */
export const resume = (): void => {
  pause = 0;
  void drain();
};

const transmit = async (batch: Batch): Promise<void> => {
  const [key, events] = batch;
  // The server corrects this clock by the time of sending, which is new for each attempt; all else stays the same.
  const body = `{"sent_at":${+new Date()},${events}`;
  // Where fetch may end with the page, or `Request` is a variable of the page. If a batch arrives twice, the server counts it once.
  if (!("keepalive" in Object(Request.prototype))) navigator.sendBeacon(eventsUrl, body);
  let seconds: unknown;
  try {
    // A string is sent as text/plain, which needs no preflight.
    const answer = await fetch(eventsUrl, {
      method: "POST",
      body,
      // A browser lets at most 64 KiB at a time outlive the page, and a character has at most three bytes.
      // https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
      keepalive: body.length < 20_000,
      signal: AbortSignal.timeout?.(15_000),
    });
    // Reads to the end; otherwise this request would still use its part of the 64 KiB when the next one begins.
    const text = await answer.text();
    // Too late, too early, too much, or the fault of a server: it may pass later.
    if (!/408|42[59]|5../.test(answer.status as unknown as string)) {
      delete store[key];
      failures = 0;
      // The batch or some of its events were rejected.
      if (!answer.ok || text.includes("index")) warn(answer.status, text);
      return;
    }
    seconds = answer.headers.get("retry-after");
  } catch {}
  ours.push(batch);
  // An hour at most: a timer of more than 24 days goes off at once.
  pause = 1;
  setTimeout(resume, Math.min(3600, (seconds as number) > 0 ? (seconds as number) : ++failures * 2) * 1000);
};
