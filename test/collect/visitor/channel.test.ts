import { describe, expect, test } from "vitest";
import { channelOf } from "../../../src/collect/visitor/channel.ts";

const from = (referrerHost: string | undefined) => channelOf({ referrerHost, host: "example.com", isPaid: false });

describe("channelOf", () => {
  test.each([
    [undefined, "direct"],
    ["example.com", "internal"],
    ["www.google.com", "search"],
    ["www.google.co.kr", "search"],
    ["search.naver.com", "search"],
    ["m.search.daum.net", "search"],
    ["search.yahoo.co.jp", "search"],
    ["l.facebook.com", "social"],
    ["t.co", "social"],
    ["blog.naver.com", "social"],
    ["mail.google.com", "email"],
    ["com.google.android.gm", "email"],
    ["other.example", "referral"],
    ["notgoogle.com", "referral"],
    ["notfacebook.com", "referral"],
    ["facebook.com.evil.example", "referral"],
    ["google.com.evil.example", "referral"],
    ["google.com", "search"],
    ["yandex.com.tr", "search"],
    ["google.c", "referral"],
    ["google.com.t", "referral"],
    ["google", "referral"],
    ["kagi.com", "search"],
    ["com.google.android.googlequicksearchbox", "search"],
    ["m.youtube.com", "social"],
    ["com.slack", "social"],
    ["outlook.office365.com", "email"],
    ["e.mail.ru", "email"],
    ["intranet", "referral"],
    ["com", "referral"],
  ])("from %j is %s", (host, channel) => {
    expect(from(host)).toBe(channel);
  });

  test.each([
    ["cpc", "paid"],
    ["Paid-Social", "paid"],
    ["display", "paid"],
    ["email", "email"],
    ["newsletter", "email"],
    ["social", "social"],
    ["organic", "search"],
    ["affiliate", "referral"],
  ])("is by utm_medium %j %s, whatever the referrer", (medium, channel) => {
    expect(channelOf({ referrerHost: "www.google.com", host: "example.com", medium, isPaid: false })).toBe(channel);
  });

  test.each([
    ["google_cpc_brand", "paid"],
    ["ppc", "paid"],
    ["cpm", "paid"],
    ["paid", "paid"],
    ["e-mail", "email"],
    ["e_mail", "email"],
    ["E mail", "email"],
    ["social-network", "social"],
    ["social_media", "social"],
    ["socialmedia", "social"],
    ["sm", "social"],
    ["affiliates", "referral"],
    ["referral", "referral"],
    ["partner", "referral"],
    ["link", "referral"],
  ])("is by utm_medium %j %s, however it is spelt", (medium, channel) => {
    expect(channelOf({ referrerHost: "t.example", host: "t.example", medium, isPaid: false })).toBe(channel);
  });

  test.each([
    "",
    "xppc",
    "ppcs",
    "unpaid",
    "displays",
    "freemail",
    "emails",
    "e--mail",
    "my-newsletter",
    "newsletters",
    "antisocial",
    "socialite",
    "social--media",
    "osm",
    "sms",
    "inorganic",
    "organics",
    "backlink",
    "links",
    "affiliatess",
  ])("is not told by utm_medium %j, which only looks like one", (medium) => {
    expect(channelOf({ referrerHost: "t.example", host: "t.example", medium, isPaid: false })).toBe("internal");
  });

  test("is by utm_medium before it is by the advertiser's click id", () => {
    expect(channelOf({ medium: "email", isPaid: true })).toBe("email");
  });

  test("falls back to the referrer when utm_medium is a word of one's own", () => {
    expect(channelOf({ referrerHost: "t.co", host: "example.com", medium: "poster", isPaid: false })).toBe("social");
  });

  test.each([
    [{ source: "chatgpt.com" }, "ai"],
    [{ source: "perplexity" }, "ai"],
    [{ source: "Instagram" }, "social"],
    [{ source: "meta" }, "social"],
    [{ source: "kakaotalk" }, "social"],
    [{ source: "band" }, "social"],
    [{ source: "naver" }, "search"],
    [{ source: "m.daum" }, "search"],
    [{ source: "duck" }, "ai"],
    [{ source: "login.facebook" }, "campaign"],
    [{ source: `${"x".repeat(99)}.twitter` }, "social"],
    [{ source: "mail.newsletter-for-our-regular-customers.example" }, "email"],
    [{ source: "a\n.pinterest.com" }, "social"],
    [{ source: "newsletter" }, "email"],
    [{ source: "poster" }, "campaign"],
    [{ campaign: "spring" }, "campaign"],
    [{ medium: "qr" }, "campaign"],
    [{ campaign: "spring", referrerHost: "t.co" }, "social"],
    [{ source: "partner-a", referrerHost: "a.example" }, "referral"],
    [{ source: "footer", referrerHost: "example.com" }, "internal"],
    [{ source: "chatgpt.com", isPaid: true }, "paid"],
  ])("of a campaign %j, which does not say how, is %s", (arrival, channel) => {
    expect(channelOf({ host: "example.com", isPaid: false, ...arrival })).toBe(channel);
  });

  test("is paid when the link carries an advertiser's click id", () => {
    expect(channelOf({ referrerHost: "www.google.com", host: "example.com", isPaid: true })).toBe("paid");
  });
});
