/** Starts the beacon, once per page. */
import { watchClicks } from "./clicks.ts";
import { watchImpressions } from "./impressions.ts";
import { drain, resume } from "./outbox.ts";
import { watchPages } from "./page-views.ts";
import { optOut } from "./privacy.ts";
import { type Fields, record } from "./record.ts";
import { listen, safely } from "./safely.ts";
import { configure, type Settings } from "./settings.ts";
import { knowVisitor } from "./who.ts";

/** `daymark("name", { … })`. Until the script has loaded, calls are collected in `q`. */
export type Daymark = {
  (name: string, fields?: Fields): void;
  optOut?: typeof optOut;
  q?: ArrayLike<unknown>[];
};

declare global {
  interface Window {
    daymark?: Daymark;
  }
  interface Navigator {
    globalPrivacyControl?: boolean;
  }
}

/** Does nothing if the page already has a running beacon. */
export const start = safely((base: string, settings: Partial<Settings>): void => {
  const before = window.daymark;
  if (before?.optOut) return;
  configure(base, settings);
  if (settings.visitor === "persistent") knowVisitor();
  window.daymark = Object.assign(record, { optOut });
  watchPages();
  watchClicks();
  for (const [name, fields] of (before?.q ?? []) as [string, Fields?][]) record(name, fields);
  listen("online", resume);
  void drain();
  watchImpressions();
});
