/**
 * The beacon as an ES module for single-page apps: `import { init, track } from "daymark-beacon"`. Without a document
 * (server-side rendering) its functions do nothing.
 */
import { optOut as refuse } from "./privacy.ts";
import type { Daymark, Fields } from "./record.ts";
import { safely } from "./safely.ts";
import type { Settings } from "./settings.ts";
import { start } from "./start.ts";

export type { Fields, Settings };

/**
 * Starts the beacon: page views, marked clicks and impressions are recorded from now on. Only the first call has an
 * effect.
 */
export const init = safely((settings: Settings): void => {
  if (typeof document === "object") start(`${new window.URL(settings.endpoint)}/`.replace(/\/+$/, "/"), settings);
});

/** Records an event. Events recorded before `init` are kept until it is called. */
export const track = (name: string, fields?: Fields): void => {
  if (typeof document === "object") beacon()(name, fields);
};

/** The visitor wants no events recorded in this browser, or (false) allows them again. Also works before `init`. */
export const optOut = (isOut = true): void => {
  if (typeof document === "object") refuse(isOut);
};

const beacon = (): Daymark => {
  const early: Daymark = (...call) => early.q?.push(call);
  early.q = [];
  // It may be an element of that name.
  if (typeof window.daymark !== "function") window.daymark = early;
  return window.daymark;
};
