/** What the page has configured for this beacon, once. */

export type Settings = {
  /** The write key, `wk_…`. */
  key: string;
  /** The address of Daymark, such as `https://events.example.com`. */
  endpoint: string;
  /** `persistent` keeps an id in this browser, so that a visitor is recognised on another day. */
  visitor?: "persistent" | (string & {}) | undefined;
  /** Other hosts of the same site, without `www.` and separated by commas: coming from them begins no visit. */
  hosts?: string | undefined;
};

/** Where events are posted; this also distinguishes our batches in the store from those of another key or endpoint. */
export let eventsUrl: string;

/** Hosts of the same site, without `www.`. */
export let ownHosts: string[];

export const configure = (base: string, { key, hosts }: Partial<Settings>): void => {
  eventsUrl = new URL(`/v1/events?key=${key}`, base).href;
  ownHosts = `${location.host},${hosts}`.replace(/\bwww\./g, "").split(",");
};
