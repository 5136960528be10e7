/** What the page has configured for this beacon, once. */

export type Settings = {
  /** The write key, `wk_…`. */
  key: string;
  /** The address of Daymark, such as `https://events.example.com`. */
  endpoint: string;
  /** `persistent` keeps an id in this browser, so that a visitor is recognised on another day. */
  visitor?: "persistent" | (string & {}) | undefined;
};

/** Where events are posted; this also distinguishes our batches in the store from those of another key or endpoint. */
export let eventsUrl: string;

export const configure = (base: string, key: string | undefined): void => {
  eventsUrl = new URL(`/v1/events?key=${key}`, base).href;
};
