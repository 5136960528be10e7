/**
 * Sends events. A batch is stored before it is sent and removed when the server has decided about it. So whatever
 * happens to the page or the network, it is sent again with the same id, and the server counts it once.
 */
import { isPrivate } from "./privacy.ts";
import { eventsUrl } from "./settings.ts";
import { keysOf, put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** A batch: its key in the store, which ends with its id, and its events as JSON. */
type Batch = [key: string, events: string];

/** Batches of this page, stored or not. At most 200 batches of all of a site's pages may wait. */
const ours: Batch[] = [];
/** The timer of a pause, during which nothing is sent. */
let pause = 0;
let failures = 0;
let warnings = 0;

/** Sends events: after everything that waits, or immediately if this may be the last chance. */
export const deliver = (events: string[], isLast?: boolean): void => {
  // A browser lets at most 64 KiB at a time outlive the page.
  // https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
  const text = `[${events}]`;
  const half = events.length >> 1;
  if (half && bytesOf(text) > 59_000) {
    deliver(events.slice(0, half), isLast);
    deliver(events.slice(half), isLast);
  } else if (events[0] && !isPrivate() && keysOf("daymark.").length < 200) {
    const batch: Batch = [`daymark.${eventsUrl}${uuidV7()}`, text];
    put(...batch);
    if (isLast && !pause) void transmit(batch, isLast);
    else ours.push(batch);
    void drain();
  }
};

/** Sends what waits, one batch after the other and in one tab at a time. */
export const drain = async (): Promise<void> => {
  const work = async (): Promise<void> => {
    for (let batch = next(); batch; batch = next()) await transmit(batch);
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
  clearTimeout(pause);
  pause = 0;
  void drain();
};

/** A batch of this page, or one that its own page, closed or not, has not managed to send for a while. */
const next = (): Batch | undefined => {
  if (pause || isPrivate()) return;
  const start = `daymark.${eventsUrl}`;
  const left = keysOf(start).find((key) => key < start + uuidV7(Date.now() - 20_000));
  return ours.shift() ?? ((left && ([left, store[left]] as Batch)) as Batch | undefined);
};

const transmit = async (batch: Batch, isLast?: boolean): Promise<void> => {
  const [key, events] = batch;
  // The server corrects this clock by the time of sending, which is new for each attempt; all else stays the same.
  const body = `{"sent_at":${Date.now()},"batch_id":"${key.slice(-36)}","events":${events}}`;
  // Nobody will learn the outcome. If a batch arrives twice, the server counts it once.
  if (isLast && !("keepalive" in Request.prototype)) navigator.sendBeacon(eventsUrl, body);
  let seconds: unknown;
  try {
    // A string is sent as text/plain, which needs no preflight.
    const answer = await fetch(eventsUrl, {
      method: "POST",
      body,
      keepalive: bytesOf(body) < 60_000,
      signal: AbortSignal.timeout?.(15_000),
    });
    // Reads to the end; otherwise this request would still use its part of the 64 KiB when the next one begins.
    const text = await answer.text();
    if (answer.status < 500 && answer.status !== 429) {
      delete store[key];
      failures = 0;
      // The batch or some of its events were rejected. Logged once: a page that does it wrong does it wrong every time.
      if (answer.status > 399 || text.includes("index")) warnings++ || console.warn("Daymark", answer.status, text);
      return;
    }
    seconds = answer.headers.get("retry-after");
  } catch {}
  ours.push(batch);
  // The multiplication converts the text to a number.
  pause = setTimeout(resume, (seconds as number) * 1000 || ++failures * 2000);
};

const bytesOf = (text: string): number => new Blob([text]).size;
