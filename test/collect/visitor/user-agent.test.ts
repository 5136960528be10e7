import { describe, expect, test } from "vitest";
import { describeUserAgent } from "../../../src/collect/visitor/user-agent.ts";
import { userAgents } from "../../fixtures/user-agents.ts";

const inWords = (userAgent: string): string => {
  const { device = "", browser = "", os = "", isBot } = describeUserAgent(userAgent);
  return [device, browser, os, ...(isBot ? ["robot"] : [])].join(" | ").trim();
};

describe("describeUserAgent", () => {
  test.each([
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36",
      { device: "desktop", browser: "Chrome", os: "Linux", isBot: false },
    ],
    [
      "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
      { device: "mobile", browser: "Safari", os: "iOS", isBot: false },
    ],
    [
      "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/604.1",
      { device: "tablet", browser: "Safari", os: "iOS", isBot: false },
    ],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
      { device: "desktop", browser: "Firefox", os: "Windows", isBot: false },
    ],
    ["", { isBot: false }],
    ["   ", { isBot: false }],
  ])("tells %j", (userAgent, client) => {
    expect(describeUserAgent(userAgent)).toEqual(client);
  });

  test.each([
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
    "python-requests/2.31.0",
    "UptimeRobot/2.0",
  ])("takes %j for a robot", (userAgent) => {
    expect(describeUserAgent(userAgent).isBot).toBe(true);
  });

  test.each(userAgents)("tells that it is $is: $userAgent", ({ is, userAgent }) => {
    expect(inWords(userAgent)).toBe(is);
  });

  test("is tried with 60 user agents and more", () => {
    expect(new Set(userAgents.map(({ userAgent }) => userAgent)).size).toBeGreaterThan(60);
  });

  test.each(["KakaoTalk", "Naver", "Instagram", "LINE", "Facebook"])("takes no page's word for %s", (name) => {
    expect(describeUserAgent(`Mozilla/5.0 (X11; Linux x86_64) Chrome/147.0.0.0 My${name}/1`).browser).not.toBe(name);
  });

  test("has no value that a sender could make up", () => {
    const { browser, os, device } = describeUserAgent("MyOwnName/1.0 (whatever; I like)");
    expect([browser, os, device]).toEqual([undefined, undefined, undefined]);
    expect(describeUserAgent("MyOwnName/1.0 (whatever; I like)")).toStrictEqual({ isBot: false });
  });

  test("does not read beyond the first 256 characters", () => {
    const start = "Mozilla/5.0 (X11; Linux x86_64)".padEnd(251, " ");
    expect(describeUserAgent(`${start}crawl`)).toMatchObject({ os: "Linux", isBot: true }); // 256 characters
    expect(describeUserAgent(`${start} crawl`)).toMatchObject({ os: "Linux", isBot: false });
  });

  test("returns quickly for a very long user agent", () => {
    const started = performance.now();
    describeUserAgent("Mozilla/5.0 (".repeat(100_000));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
