import { describe, expect, test } from "vitest";
import { channelOfHost } from "../../../src/collect/visitor/channel-hosts.ts";

/** Kinds of referrers, by their hosts. */
const hosts = {
  search: `google.com www.google.com www.google.co.kr google.com.au www.google.de images.google.com lens.google.com
    naver.com www.naver.com m.naver.com search.naver.com m.search.naver.com msearch.naver.com daum.net search.daum.net
    m.search.daum.net nate.com search.nate.com zum.com search.zum.com bing.com www.bing.com cn.bing.com
    duckduckgo.com html.duckduckgo.com search.yahoo.com kr.search.yahoo.com search.yahoo.co.jp www.yahoo.co.jp
    yandex.ru yandex.com.tr ya.ru www.baidu.com m.baidu.com www.ecosia.org search.brave.com kagi.com
    com.google.android.googlequicksearchbox com.nhn.android.search 284815942`,
  ai: `chatgpt.com www.chatgpt.com chat.openai.com perplexity.ai www.perplexity.ai gemini.google.com bard.google.com
    notebooklm.google.com copilot.microsoft.com claude.ai chat.deepseek.com grok.com chat.mistral.ai meta.ai
    www.meta.ai poe.com duck.ai wrtn.ai edgeservices.bing.com com.openai.chatgpt`,
  social: `facebook.com l.facebook.com m.facebook.com lm.facebook.com instagram.com l.instagram.com threads.net
    l.threads.com t.co x.com mobile.twitter.com linkedin.com kr.linkedin.com lnkd.in youtube.com m.youtube.com
    old.reddit.com pinterest.com kr.pinterest.com pinterest.co.kr www.pinterest.de pinterest.com.au br.pinterest.com
    tiktok.com bsky.app t.me web.telegram.org line.me liff.line.me band.us story.kakao.com pf.kakao.com kakao.com
    blog.naver.com m.blog.naver.com cafe.naver.com m.cafe.naver.com cafe.daum.net m.cafe.daum.net
    news.ycombinator.com discord.com com.kakao.talk com.facebook.katana com.linkedin.android com.slack 362057947
    tieba.baidu.com`,
  email: `mail.google.com mail.yahoo.com mail.naver.com m.mail.naver.com mail.daum.net mail3.nate.com mail.aol.com
    outlook.live.com outlook.office.com outlook.office365.com e.mail.ru mail.proton.me com.google.android.gm
    webmail.example.com mail.yandex.ru`,
  shopping: `amazon.com www.amazon.co.jp amazon.de www.amazon.com.br smile.amazon.com ebay.co.uk www.coupang.com
    shopping.naver.com msearch.shopping.naver.com smartstore.naver.com shopping.google.com www.etsy.com 11st.co.kr`,
  referral: `access.line.me pay.line.me aws.amazon.com pay.amazon.com developers.facebook.com oauth.vk.com`,
  none: `accounts.google.com docs.google.com translate.google.com ads.google.com drive.google.com maps.google.com
    sites.google.com groups.google.com accounts.google.co.kr m.pay.naver.com pay.naver.com nid.naver.com map.naver.com
    news.naver.com n.news.naver.com kauth.kakao.com accounts.kakao.com map.kakao.com google.job.kr
    amazon.job.kr pinterest.example.com google.example.com notgoogle.com notfacebook.com facebook.com.evil.example google.com.evil.example
    www-naver.com navers.com login.yahoo.com finance.yahoo.com logins.daum.net news.nate.com pan.baidu.com
    login.microsoftonline.com microsoft.com openai.com example.com intranet com 127.0.0.1 localhost`,
};
const table = Object.entries(hosts).flatMap(([channel, names]) =>
  names.split(/\s+/).map((host): [string, string | null] => [host, channel === "none" ? null : channel]),
);

describe("channelOfHost", () => {
  test("is tried with 150 hosts and more", () => {
    expect(new Set(table.map(([host]) => host)).size).toBe(table.length);
    expect(table.length).toBeGreaterThan(150);
  });

  test.each(table)("of %s is %s", (host, channel) => {
    expect(channelOfHost(host)).toBe(channel);
    expect(channelOfHost(host.toUpperCase())).toBe(channel);
  });
});
