/** Whether somebody came from elsewhere, and how: what begins a visit, and gives it a source. */
import { ownHosts } from "./settings.ts";

/** Where people pay and sign in, and come back from. Checked in November 2026, with src/collect/visitor/passing-hosts.ts. */
export const passing =
  /\b((kakao|nice)?pay(pal|co)?|access\.line|adyen|checkout|mollie|nid|klarna|okta|portone|appleid|kcp|inicis|toss\w*|stripe|login|k?auth0?|accounts)\./;

/** What of a query says which campaign it belongs to, without its `?`. The rest is of no use later. */
export const campaignOf = (search: string): string =>
  (search.match(/\b(utm_\w+|\w*(clk?|_fat_|t_c|ScC)id|[gw]braid|gad_source|n_ad|DMKW)=[^&]*/g) ?? []).join("&");

/** Whether this document was navigated to from elsewhere. */
export const isArrival = (referrer: string): unknown => {
  const host = referrer && new URL(referrer).host.replace(/\bwww\./g, "");
  // A reload, and Back or Forward, bring nobody. This is old, and much shorter than what replaces it.
  return (
    !performance.navigation?.type &&
    (host ? !passing.test(host) && !ownHosts.includes(host) : campaignOf(location.search))
  );
};
