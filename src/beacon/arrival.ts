/** Whether somebody came from elsewhere, and how: what begins a visit, and gives it a source. */
import { ownHosts } from "./settings.ts";

/** Where people pay and sign in, and come back from. Checked in November 2026, with src/collect/visitor/passing-hosts.ts. */
export const passing =
  /\b(k?auth0?|mollie|accounts|portone|access|login|adyen|(nice|kakao)?pay(pal|co)?|appleid|klarna|okta|checkout|stripe|nid|kcp|inicis|toss\w*)\./;

/** What of a query says which campaign it belongs to, without its `?`. The rest is of no use later. */
export const campaignOf = (search: string): string =>
  (search.match(/\b([gw]braid|utm_\w+|n_ad|gad_source|\w*(t_c|ScC|_fat_|clk?)id|DMKW)=[^&]*/g) ?? []).join("&");

/** Whether this document was navigated to from elsewhere. */
export const isArrival = (referrer: string): unknown => {
  const host = referrer && new window.URL(referrer).host.replace(/\bwww\./g, "");
  // A reload, and Back or Forward, bring nobody. This is old, and much shorter than what replaces it.
  return (
    !performance.navigation?.type &&
    (host ? !passing.test(host) && !ownHosts.includes(host) : campaignOf(location.search))
  );
};
