import { describe, expect, test } from "vitest";
import { hostOf, parsePageUrl } from "../../src/pipeline/page-url.ts";

describe("parsePageUrl", () => {
  test("tells host and path without query", () => {
    const page = parsePageUrl("https://Example.com/list/1?x=1#top");
    expect(page).toEqual({
      url: "https://Example.com/list/1?x=1#top",
      host: "example.com",
      path: "/list/1",
      isPaid: false,
    });
  });

  test("keeps a port that is not the scheme's own", () => {
    expect(parsePageUrl("http://localhost:3000/")?.host).toBe("localhost:3000");
    expect(parsePageUrl("https://example.com:443/")?.host).toBe("example.com");
  });

  test("takes a path for a path, whatever it looks like", () => {
    expect(parsePageUrl("/a//b?utm_source=n&q=%zz#x")).toEqual({
      url: "/a//b?utm_source=n&q=%zz#x",
      path: "/a//b",
      utm_source: "n",
      isPaid: false,
    });
    expect(parsePageUrl("//evil.example/x")).toMatchObject({ path: "//evil.example/x" });
  });

  test("takes the address of an app's screen", () => {
    expect(parsePageUrl("myapp://home/list")).toMatchObject({ host: "home", path: "/list" });
  });

  test("reads the campaign fields, decoded, and nothing that is empty", () => {
    const url =
      "https://e.com/?utm_source=news&utm_medium=E-Mail&utm_campaign=%ED%95%98%EB%A3%A8&utm_term=&utm_content=a+b";
    const { url: _, host, path, ...campaign } = parsePageUrl(url) ?? {};
    expect(campaign).toEqual({
      utm_source: "news",
      utm_medium: "E-Mail",
      utm_campaign: "하루",
      utm_content: "a b",
      isPaid: false,
    });
  });

  test("knows links that somebody paid for", () => {
    expect(parsePageUrl("https://e.com/?gclid=abc")?.isPaid).toBe(true);
    expect(parsePageUrl("https://e.com/?x=gclid=abc")?.isPaid).toBe(false);
  });

  test("forgets a password", () => {
    expect(parsePageUrl("https://joe:secret@e.com/x")?.url).toBe("https://e.com/x");
  });

  test.each([
    "",
    "x",
    "example.com",
    "http://",
    "https://exa mple.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "?a=1",
  ])("refuses %j", (text) => {
    expect(parsePageUrl(text)).toBeNull();
  });

  test("shortens a path and a host that are too long to be keys", () => {
    expect(parsePageUrl(`/${"p".repeat(3000)}`)?.path).toHaveLength(1024);
    expect(parsePageUrl(`https://e.com/${"p".repeat(3000)}`)?.path).toHaveLength(1024);
    expect(parsePageUrl(`https://${"h".repeat(60)}${".h".repeat(400)}/`)?.host?.length ?? 0).toBeLessThanOrEqual(256);
  });
});

describe("hostOf", () => {
  test.each([
    ["https://www.google.com/search?q=x", "www.google.com"],
    ["android-app://com.google.android.gm/", "com.google.android.gm"],
    ["/relative", null],
    ["-", null],
    ["about:blank", null],
  ])("of %j is %j", (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
});
