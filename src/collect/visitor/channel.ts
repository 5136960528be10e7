/** The channel that brought somebody to a page, told from the link's campaign fields first and from the referrer's host then. */
import { cached } from "../../cache.ts";

export type Channel = "direct" | "internal" | "search" | "social" | "email" | "paid" | "referral";
type Visit = {
  referrerHost?: string | undefined;
  host?: string | undefined;
  medium?: string | undefined;
  isPaid: boolean;
};

// The values that are in use for utm_medium; Google Analytics' channel groups know the same.
// https://support.google.com/analytics/answer/9756891
const media: readonly (readonly [RegExp, Channel])[] = [
  [/^(.*cpc.*|ppc|cpm|cpv|cpa|retargeting|paid.*|display|banner|interstitial)$/, "paid"],
  [/^e[-_ ]?mail$|^newsletter$/, "email"],
  [/^(social|social[-_ ]?(network|media)|sm)$/, "social"],
  [/^organic$/, "search"],
  [/^(referral|affiliates?|partner|link)$/, "referral"],
];

const hosts = new Map<string, Channel>([
  ...list(
    "search",
    "bing.com duckduckgo.com ecosia.org qwant.com startpage.com search.brave.com kagi.com ask.com aol.com",
  ),
  ...list(
    "search",
    "naver.com daum.net nate.com zum.com sogou.com so.com seznam.cz com.google.android.googlequicksearchbox",
  ),
  ...list(
    "social",
    "facebook.com fb.com fb.me instagram.com threads.net threads.com twitter.com x.com t.co linkedin.com lnkd.in",
  ),
  ...list(
    "social",
    "youtube.com reddit.com pinterest.com tiktok.com bsky.app mastodon.social t.me telegram.org whatsapp.com",
  ),
  ...list(
    "social",
    "vk.com weibo.com line.me band.us kakao.com blog.naver.com cafe.naver.com cafe.daum.net tumblr.com",
  ),
  ...list("social", "news.ycombinator.com discord.com quora.com snapchat.com com.linkedin.android com.slack"),
  ...list(
    "email",
    "mail.google.com mail.yahoo.com outlook.live.com outlook.office.com outlook.office365.com mail.naver.com",
  ),
  ...list("email", "mail.daum.net mail.proton.me com.google.android.gm mail.ru"),
]);

// These have a domain in every country: google.co.kr, search.yahoo.co.jp, yandex.com.tr.
const worldwide = /(?:^|\.)(?:google|yahoo|yandex|baidu)\.[a-z]{2,3}(?:\.[a-z]{2})?$/;
const channelOfHost = cached(1000, (host) => known(host) ?? (worldwide.test(host) ? "search" : "referral"));

/** The channel of a visit. Without a referrer it is `direct`; from the same host it is `internal`. */
export function channelOf({ referrerHost, host, medium, isPaid }: Visit): Channel {
  const named = medium === undefined ? undefined : media.find(([pattern]) => pattern.test(medium.toLowerCase()));
  if (named !== undefined) return named[1];
  if (isPaid) return "paid";
  if (referrerHost === undefined) return "direct";
  return referrerHost === host ? "internal" : channelOfHost(referrerHost);
}

/** Looks a host up, then the domains it belongs to. */
function known(host: string): Channel | undefined {
  for (let name = host; name !== ""; name = name.slice(name.indexOf(".") + 1 || name.length)) {
    const channel = hosts.get(name);
    if (channel !== undefined) return channel;
  }
  return undefined;
}

function list(channel: Channel, names: string): [string, Channel][] {
  return names.split(" ").map((name) => [name, channel]);
}
