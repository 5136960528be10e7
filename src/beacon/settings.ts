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
  /** Any text: the app keeps the paths of its pages behind `#`, as in `/#/jobs/7`. */
  hash?: string | boolean | undefined;
};

/** Where events are posted. */
export let eventsUrl: string;

/** Of the keys of our batches in the store, with the address: those of another key or endpoint are not ours. */
export let prefix: string;

/** Hosts of the same site, without `www.`. */
export let ownHosts: string[];

/** Where in a fragment the path begins: beyond its end, unless an app keeps its paths there. */
export let hash: number;

export const configure = (base: string, settings: Partial<Settings>): void => {
  eventsUrl = new window.URL(`v1/events?key=${settings.key}`, base).href;
  prefix = `daymark.${eventsUrl}`;
  hash = settings.hash ? 1 : 9e9;
  ownHosts = `${location.host},${settings.hosts}`.replace(/\bwww\./g, "").split(",");
};
