/** Whether somebody came from elsewhere, and how: what begins a visit, and gives it a source. */
import { ownHosts } from "./settings.ts";

/** Where people pay and sign in, and come back from. Checked in November 2026, with src/collect/visitor/passing-hosts.ts. */
export const passing =
  /(^|\.)((kakao|nice)?pay(pal|co)?|checkout|login|accounts|nid|k?auth0?|appleid|access\.line|stripe|adyen|klarna|mollie|toss(payments)?|inicis|kcp|portone|okta)\./;

/** What of a query says which campaign it belongs to, without its `?`. The rest is of no use later. */
export const campaignOf = (search: string): string =>
  (search.match(/\b(utm_\w+|\w*(clk?|_fat_|t_c|ScC)id|[gw]braid|gad_source|n_ad|DMKW)=[^&]*/g) ?? []).join("&");

let isTaken = false;

/** The referrer of an arrival, empty when the link alone says so; undefined if this is no arrival. A document has one at most. */
export const takeArrival = (): string | undefined => {
  const { referrer } = document;
  const host = referrer && new URL(referrer).host.replace(/^www\./, "");
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  // A reload, and Back or Forward, bring nobody.
  const isArrival = !isTaken && !/^[rb]/.test(navigation?.type as string);
  isTaken = true;
  if (isArrival && (host ? !passing.test(host) && !ownHosts.includes(host) : campaignOf(location.search)))
    return referrer;
  return;
};
