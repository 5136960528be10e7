import { describe, expect, test } from "vitest";
import { hostOf } from "../../../src/collect/event/page-url.ts";
import { channelOf } from "../../../src/collect/visitor/channel.ts";
import { channelOfHost } from "../../../src/collect/visitor/channel-hosts.ts";
import { isPassing } from "../../../src/collect/visitor/passing-hosts.ts";
import { referrers } from "../../fixtures/referrers.ts";

describe("a referrer", () => {
  test("is tried with 150 and more, each another host", () => {
    expect(new Set(referrers.map(({ referrer }) => hostOf(referrer))).size).toBe(referrers.length);
    expect(referrers.length).toBeGreaterThan(150);
  });

  test.each(referrers)("is $is: $referrer", ({ is, referrer }) => {
    const referrerHost = hostOf(referrer) ?? undefined;
    const channel = channelOf({ referrerHost, host: "example.com", isPaid: false });
    expect([channel, isPassing(referrerHost ?? "")]).toEqual(is === "passing" ? ["referral", true] : [is, false]);
  });

  test.each(referrers)("may be written in capitals: $referrer", ({ referrer }) => {
    const host = hostOf(referrer) ?? "";
    expect(channelOfHost(host.toUpperCase())).toBe(channelOfHost(host));
  });
});
