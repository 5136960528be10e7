/** What the page has configured for this beacon, once. */

export type Settings = {
  /** The write key, `wk_…`. */
  key: string;
  /** The address of Daymark, such as `https://events.example.com`, or of a proxy of your own in front of it. */
  endpoint: string;
  /** `persistent` keeps an id in this browser, so that a visitor is recognised on another day. */
  visitor?: "persistent" | (string & {}) | undefined;
  /** Other hosts of the same site, without `www.` and separated by commas: coming from them begins no visit. */
  hosts?: string | undefined;
};

/** Where events are posted. */
export let eventsUrl: string;

/** Of the keys of our batches in the store, with the address: those of another key or endpoint are not ours. */
export let prefix: string;

/** Hosts of the same site, without `www.`. */
export let ownHosts: string[];

export const configure = (base: string, settings: Partial<Settings>): void => {
  eventsUrl = new URL(`v1/events?key=${settings.key}`, base).href;
  prefix = `daymark.${eventsUrl}`;
  ownHosts = `${location.host},${settings.hosts}`.replace(/\bwww\./g, "").split(",");
};
