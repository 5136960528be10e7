import { lookUpDomain } from "./look-up-domain.ts";

/**
 * Where visitors are sent to pay or to sign in, and come back from: no visit begins there, and nobody is brought by
 * them. Checked in November 2026.
 */
export const passingDomains = [
  "stripe.com paypal.com adyen.com klarna.com mollie.com checkout.com portone.io tosspayments.com toss.im",
  "kakaopay.com payco.com inicis.com nicepay.co.kr kcp.co.kr pay.naver.com pay.google.com pay.amazon.com",
  "accounts.google.com appleid.apple.com login.microsoftonline.com login.live.com nid.naver.com kauth.kakao.com",
  "accounts.kakao.com access.line.me auth0.com okta.com",
].flatMap((names) => names.split(" "));
const domains = new Map(passingDomains.map((domain) => [domain, true] as const));

/** Whether a host, or a domain that it belongs to, is such a place. */
export function isPassing(host: string): boolean {
  return lookUpDomain(domains, host.toLowerCase()) ?? false;
}
