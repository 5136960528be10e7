import { describe, expect, test } from "vitest";
import { channelOf } from "../../src/pipeline/referrer.ts";

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
    ["google.com.evil.example", "referral"],
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

  test("falls back to the referrer when utm_medium is a word of one's own", () => {
    expect(channelOf({ referrerHost: "t.co", host: "example.com", medium: "poster", isPaid: false })).toBe("social");
  });

  test("is paid when the link carries an advertiser's click id", () => {
    expect(channelOf({ referrerHost: "www.google.com", host: "example.com", isPaid: true })).toBe("paid");
  });
});
