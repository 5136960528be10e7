/**
 * What kind of site each referrer host is: search engines, social networks, assistants, shops and mail. Checked in
 * November 2026. A domain in `sites` includes its subdomains, except those that are listed themselves and those whose
 * name says that they are for something else (`services`). Of a portal or a shop in `patterns` only the front page and its
 * search count, not its sign-in, payments, documents and maps.
 */
import { cached } from "../../cache.ts";
import { lookUpDomain } from "./look-up-domain.ts";

export type HostChannel = "search" | "social" | "email" | "ai" | "shopping" | "referral";

/** For `android-app://…` and `ios-app://…` the host is the app's id, so these are listed as well. */
const sites: readonly (readonly [HostChannel, string])[] = [
  [
    "search",
    `
      duckduckgo.com ecosia.org qwant.com startpage.com search.brave.com kagi.com ask.com mojeek.com swisscows.com
      presearch.com yep.com you.com ya.ru coccoc.com
      com.google.android.googlequicksearchbox com.nhn.android.search net.daum.android.daum
      com.duckduckgo.mobile.android 284815942 393499958
    `,
  ],
  [
    "ai",
    `
      chatgpt.com chat.openai.com perplexity.ai gemini.google.com bard.google.com notebooklm.google.com
      copilot.microsoft.com copilot.cloud.microsoft edgeservices.bing.com claude.ai deepseek.com grok.com
      chat.mistral.ai meta.ai poe.com duck.ai phind.com kimi.com doubao.com chat.qwen.ai clova-x.naver.com wrtn.ai
      liner.com getliner.com com.openai.chatgpt ai.perplexity.app.android com.anthropic.claude
      com.google.android.apps.bard com.microsoft.copilot com.deepseek.chat ai.x.grok 6448311069
    `,
  ],
  [
    "social",
    `
      facebook.com meta.com fb.com fb.me messenger.com instagram.com threads.net threads.com twitter.com x.com t.co
      linkedin.com lnkd.in youtube.com youtu.be reddit.com redd.it pin.it tiktok.com bsky.app mastodon.social t.me
      telegram.org telegram.me whatsapp.com wa.me vk.com ok.ru weibo.com weibo.cn line.me band.us tumblr.com
      news.ycombinator.com discord.com discord.gg quora.com snapchat.com tieba.baidu.com zhihu.com xiaohongshu.com
      bilibili.com twitch.tv vimeo.com slack.com medium.com blog.naver.com cafe.naver.com post.naver.com kin.naver.com
      tv.naver.com chzzk.naver.com cafe.daum.net pann.nate.com story.kakao.com pf.kakao.com open.kakao.com
      talk.kakao.com brunch.co.kr tistory.com velog.io dcinside.com fmkorea.com clien.net ruliweb.com theqoo.net
      teamblind.com com.kakao.talk com.kakao.story com.facebook.katana com.facebook.orca com.instagram.android
      com.instagram.barcelona com.twitter.android com.linkedin.android com.reddit.frontpage com.pinterest
      com.google.android.youtube com.zhiliaoapp.musically com.ss.android.ugc.trill com.slack com.discord
      org.telegram.messenger com.whatsapp com.snapchat.android jp.naver.line.android com.nhn.android.band
      com.nhn.android.navercafe com.tencent.mm com.vkontakte.android 284882215 389801252 362057947 443904275 333903271
      544007664 288429040 1064216828 429047995 542613198 686449807 310633997
    `,
  ],
  [
    "email",
    `
      mail.ru outlook.live.com outlook.office.com outlook.office365.com outlook.cloud.microsoft mail.proton.me
      com.google.android.gm com.microsoft.office.outlook com.yahoo.mobile.client.android.mail
      com.samsung.android.email.provider com.nhn.android.mail substack.com stibee.com 422689480
    `,
  ],
  [
    "shopping",
    `
      coupang.com 11st.co.kr gmarket.co.kr auction.co.kr ssg.com lotteon.com musinsa.com danawa.com enuri.com
      shopping.naver.com smartstore.naver.com brand.naver.com shoppinghow.kakao.com shopping.google.com etsy.com
      walmart.com aliexpress.com temu.com shein.com taobao.com tmall.com rakuten.co.jp shopping.yahoo.co.jp shopee.com
      com.coupang.mobile com.amazon.mshop.android.shopping
    `,
  ],
  [
    "referral",
    `
      access.line.me store.line.me id.vk.com wing.coupang.com cloud.mail.ru top.mail.ru
    `,
  ],
];
const domains: ReadonlyMap<string, HostChannel> = new Map(
  sites.flatMap(([channel, names]) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, channel] as const),
  ),
);

/** What a company runs beside the service that it is known for: signing in, paying, advertising, documentation. */
const services = new RegExp(
  `^(?:${[
    "about accounts? ads? adsmanager advertis(?:e|ers?|ing) affiliates? api auth billing business careers? checkout",
    "console developers? docs? help investors? jobs legal login oauth2? partners? pay payments? platform policies press",
    "privacy seller(?:s|central)? signin sso status studio support",
  ]
    .join(" ")
    .replaceAll(" ", "|")})\\.`,
);

// These have domains in many countries: google.co.kr, search.yahoo.co.jp, pinterest.com.au. `google.job.kr` is not one
// of them.
const country = String.raw`\.(?:com|[a-z]{2}|com?\.[a-z]{2})`;
const portals = String.raw`(?:(?:naver|nate|zum|aol|sogou|so)\.com|daum\.net|seznam\.cz)`;
const patterns: readonly (readonly [HostChannel, ...string[]])[] = [
  [
    "search",
    String.raw`(?:(?:www|m|images?|lens|scholar)\.)?google${country}$`,
    String.raw`(?:(?:www|m|[a-z]{2})\.)?yahoo${country}$`,
    String.raw`(?:[a-z]{1,8}\.){0,2}search\.yahoo${country}$`,
    String.raw`(?:(?:www|m|[a-z]{2})\.)?(?:bing\.com|(?:yandex|baidu)${country})$`,
    String.raw`(?:(?:www|m|mobile|search|msearch|images?)\.){0,3}${portals}$`,
  ],
  ["email", String.raw`(?:[a-z]+\.)?(?:web|e)?mail\d*\.`],
  ["social", String.raw`(?:www\.|m\.)?kakao(?:talk)?\.com$`, String.raw`(?:[^]*\.)?pinterest${country}$`],
  ["shopping", String.raw`(?:(?:www|m|smile)\.)?(?:amazon|ebay)${country}$`],
];
/** One pattern with a group for each channel: to try each on its own takes four times as long. */
const anyPattern = new RegExp(`^(?:${patterns.map(([, ...some]) => `(${some.join("|")})`).join("|")})`);

/** The channel of a host, or of a domain that it is part of; null for an unknown one. */
export const channelOfHost = cached(1000, findChannel);

/** The channel of a site by its host, or by that without its ending, as people write it: `instagram`, `search.naver`. */
export function channelOfSite(name: string): HostChannel | null {
  return findChannel(name) ?? findChannel(name + (lookUpDomain(endings, name.toLowerCase()) ?? ".com"));
}

/** How a domain ends, by what is before that; of two endings, the later of these. Of `patterns`, one ends otherwise. */
const endings: ReadonlyMap<string, string> = new Map([
  ...[".ai", ".us", ".me", ".net", ".com"].flatMap((end) =>
    [...domains.keys()].filter((name) => name.endsWith(end)).map((name) => [name.slice(0, -end.length), end] as const),
  ),
  ["daum", ".net"],
]);

function findChannel(written: string): HostChannel | null {
  const host = written.toLowerCase();
  const channel = lookUpDomain(domains, host) ?? channelByPattern(host);
  return channel !== undefined && services.test(host) && !domains.has(host) ? null : (channel ?? null);
}

function channelByPattern(host: string): HostChannel | undefined {
  const found = anyPattern.exec(host);
  return found === null ? undefined : patterns[found.findIndex((group, i) => i > 0 && group !== undefined) - 1]?.[0];
}
