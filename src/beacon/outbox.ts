/**
 * The way out. A batch is stored before it is sent and forgotten when the server has decided about it, so whatever becomes of
 * the page or the network, it is sent again under the same id, and the server counts it once.
 */
import { isPrivate } from "./privacy.ts";
import { eventsUrl } from "./settings.ts";
import { keysOf, put, store } from "./store.ts";
import { uuidV7 } from "./uuid-v7.ts";

/** A batch: its key in the store, which ends with its id, and its events as JSON. */
type Batch = [key: string, events: string];

/** Batches of this page, whether or not the store took them. Of all pages of a site no more than 200 may wait. */
const ours: Batch[] = [];
/** The timer of a pause, in which nothing is sent. */
let pause = 0;
let failures = 0;
let warnings = 0;

/** Sends events: after all that waits, or at once if this may be the last chance. */
export const deliver = (events: string[], isLast?: boolean): void => {
  // A browser lets no more than 64 KiB at a time outlive the page. https://fetch.spec.whatwg.org/#http-network-or-cache-fetch
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
    // Where tabs cannot agree, some batches are sent twice, and counted once.
    await work();
  }
};

/** Ends the pause: it is time, or the network is back. */
export const resume = (): void => {
  clearTimeout(pause);
  pause = 0;
  void drain();
};

/** One of this page, or else one that its page, gone or not, has not got rid of in a while. */
const next = (): Batch | undefined => {
  if (pause || isPrivate()) return;
  const start = `daymark.${eventsUrl}`;
  const left = keysOf(start).find((key) => key < start + uuidV7(Date.now() - 20_000));
  return ours.shift() ?? ((left && ([left, store[left]] as Batch)) as Batch | undefined);
};

const transmit = async (batch: Batch, isLast?: boolean): Promise<void> => {
  const [key, events] = batch;
  // The server corrects this clock by the time of sending, which is that of each attempt; all else stays as it was.
  const body = `{"sent_at":${Date.now()},"batch_id":"${key.slice(-36)}","events":${events}}`;
  // What becomes of it nobody will know. Of what comes twice the server counts one.
  if (isLast && !("keepalive" in Request.prototype)) navigator.sendBeacon(eventsUrl, body);
  let seconds: unknown;
  try {
    // A text goes as text/plain, which needs no preflight.
    const answer = await fetch(eventsUrl, {
      method: "POST",
      body,
      keepalive: bytesOf(body) < 60_000,
      signal: AbortSignal.timeout?.(15_000),
    });
    // To the end, or this request would still take its part of the 64 KiB when the next one begins.
    const text = await answer.text();
    if (answer.status < 500 && answer.status !== 429) {
      delete store[key];
      failures = 0;
      // Refused, or some of its events were. Once: a page that does it wrong does it wrong every time.
      if (answer.status > 399 || text.includes("index")) warnings++ || console.warn("Daymark", answer.status, text);
      return;
    }
    seconds = answer.headers.get("retry-after");
  } catch {}
  ours.push(batch);
  // Multiplication reads the number out of the text.
  pause = setTimeout(resume, (seconds as number) * 1000 || ++failures * 2000);
};

const bytesOf = (text: string): number => new Blob([text]).size;
