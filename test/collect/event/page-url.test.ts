import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostOf, parseLink, parsePageUrl } from "../../../src/collect/event/page-url.ts";
import { cleanText } from "../../../src/schemas/clean-text.ts";

describe("parseLink", () => {
  test.each([
    ["//e.com/p?x=1", { host: "e.com", path: "/p" }],
    ["//E.com", { host: "e.com", path: "/" }],
    ["//localhost:3000/p", { host: "localhost:3000", path: "/p" }],
    ["//[::1]/p", { host: "[::1]", path: "/p" }],
    ["https://e.com/p", { host: "e.com", path: "/p" }],
    ["/p", { path: "/p" }],
    ["//p", { path: "//p" }],
    ["//p//q.html", { path: "//p//q.html" }],
    ["///e.com/p", { path: "///e.com/p" }],
    ["//e.com:port/p", { path: "//e.com:port/p" }],
  ])("of %s is %j", (text, parts) => {
    const { host, path } = parseLink(text) ?? {};
    expect({ ...(host && { host }), path }).toEqual(parts);
  });

  test("knows a referrer without its scheme, too", () => {
    expect([hostOf("//www.google.com/"), hostOf("//a"), hostOf("/a.b/")]).toEqual(["www.google.com", null, null]);
  });
});

describe("parsePageUrl", () => {
  test("reads campaign fields of a link that was copied out of a page's source", () => {
    const url = "https://e.com/?utm_source=a&amp;utm_medium=cpc&amp;utm_campaign=b%26amp;";
    expect(parsePageUrl(url)).toMatchObject({ utm_source: "a", utm_medium: "cpc", utm_campaign: "b&amp;" });
  });

  test.each(["&amp;", "&AMP;", "&amp;amp;", "&#38;", "&#038;", "&#x26;", "&amp%3B", "&amp;#38;"])(
    "reads what stands behind %s as it does behind &",
    (and) => {
      const url = `https://e.com/?a=1${and}utm_source=news${and}utm_medium=cpc`;
      expect(parsePageUrl(url)).toMatchObject({ utm_source: "news", utm_medium: "cpc" });
      expect(parsePageUrl(`/?a=1${and}gclid=1`)?.isPaid).toBe(true);
    },
  );

  test.each([
    "/list;jsessionid=0A1B2C.node1",
    "/list;JSESSIONID=0A1B!-1!2?x=1",
    "/list%3Bjsessionid%3D0A1B",
    "/list;sid=a;phpsessid=b#c",
    "/(S(lit3py55t21z5v55vlm25s55))/list",
    "/(A(a)S(b-c))/list;token=x",
  ])("has one path for a page, whatever the session in it: %s", (path) => {
    for (const start of ["", "https://e.com"]) expect(parsePageUrl(start + path)?.path).toBe("/list");
  });

  test.each(["/list;v=2", "/a(S)/list", "/list;jsessionids", "/a;b/c"])("leaves %s as it is", (path) => {
    expect(parsePageUrl(path)?.path).toBe(path);
  });

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

  test.each([
    ["/a b", "/a%20b"],
    ["/a%20b", "/a%20b"],
    ["/채용", "/%EC%B1%84%EC%9A%A9"],
    ["/a/../x", "/x"],
    ["/a/./b/", "/a/b/"],
    ["/%zz", "/%zz"],
    ["/%ec%b1%84%EC%9a%a9", "/%EC%B1%84%EC%9A%A9"],
    ["/%7Eanna/%41%2Db", "/~anna/A-b"],
    ["/a/%2e%2E/x", "/x"],
    ["/a%2fb%3F", "/a%2Fb%3F"],
    ["/%25ec", "/%25ec"],
    ["/100%", "/100%"],
    ["/%c3%a4%bf", "/%C3%A4%BF"],
  ])("writes the path %j as a whole address does", (path, written) => {
    expect(parsePageUrl(path)?.path).toBe(written);
    expect(parsePageUrl(`https://example.com${path}`)?.path).toBe(written);
  });

  test.each([
    ["https://h.example./a", "h.example"],
    ["https://H.EXAMPLE/a", "h.example"],
    ["http://h.example.:8080/a", "h.example:8080"],
    ["https://채용.kr/a", "xn--oo5bn6h.kr"],
    ["https://h。example/a", "h.example"],
    ["http://[2001:DB8::1]:80/a", "[2001:db8::1]"],
  ])("writes the host of %s as %s, for a referrer, too", (url, host) => {
    expect([parsePageUrl(url)?.host, hostOf(url)]).toEqual([host, host]);
  });

  test("cuts a long path between two characters, not inside the code of one", () => {
    for (const start of ["/", "/a", "/ab"])
      expect(parsePageUrl(`${start}${"채".repeat(400)}`)?.path).toMatch(/^\/a?b?(%[0-9A-F]{2})+$/);
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
    expect(parsePageUrl("/a?x=1&msclkid=abc")?.isPaid).toBe(true);
    expect(parsePageUrl("/a?x=1&utm_source=n&ttclid=abc")).toMatchObject({ utm_source: "n", isPaid: true });
    expect(parsePageUrl("https://e.com/?n_media=1&n_ad=nad-a001&n_rank=2")?.isPaid).toBe(true);
    expect(parsePageUrl("https://e.com/?DMKW=shoes")?.isPaid).toBe(true);
    expect(parsePageUrl("https://e.com/?a=1&amp;n_ad=1")?.isPaid).toBe(true);
    expect(parsePageUrl("https://e.com/?in_ad=1&ADMKW=1")?.isPaid).toBe(false);
    expect(parsePageUrl("/a/gclid=abc")?.isPaid).toBe(false);
    expect(parsePageUrl("https://e.com/?gclid")?.isPaid).toBe(false);
    expect(parsePageUrl("https://e.com/#?gclid=abc")?.isPaid).toBe(false);
  });

  test("keeps an address as it was written", () => {
    expect(parsePageUrl("HTTPS://E.com:443/A b?x=a@b")?.url).toBe("HTTPS://E.com:443/A b?x=a@b");
  });

  test("has no host where there is none, and always a path", () => {
    expect(parsePageUrl("file:///home/a.html")).toStrictEqual({
      url: "file:///home/a.html",
      path: "/home/a.html",
      isPaid: false,
    });
    expect(parsePageUrl("myapp://home")).toMatchObject({ host: "home", path: "/" });
  });

  test("reads a path up to its query or its fragment, and no campaign out of a fragment", () => {
    expect(parsePageUrl("/a#utm_source=x")).toEqual({ url: "/a#utm_source=x", path: "/a", isPaid: false });
    expect(parsePageUrl("/a?utm_source=x#b&utm_medium=y")).toEqual({
      url: "/a?utm_source=x#b&utm_medium=y",
      path: "/a",
      utm_source: "x",
      isPaid: false,
    });
    expect(parsePageUrl("/#a?utm_source=x\n&gclid=1")).toMatchObject({ path: "/", isPaid: false });
    for (const url of ["/#a?utm_source=x", "/?#utm_source=x", "https://e.com/#a?utm_source=x"])
      expect(parsePageUrl(url)).not.toHaveProperty("utm_source");
    expect(parsePageUrl("/a?b\n?utm_source=x&utm_medium=y")).toMatchObject({ path: "/a", utm_medium: "y" });
    expect(parsePageUrl("/")).toEqual({ url: "/", path: "/", isPaid: false });
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
    "javascript:open('https://e.com/')",
    "://e.com/",
    "9p://e.com/",
    "https:/e.com/",
  ])("refuses %j", (text) => {
    expect(parsePageUrl(text)).toBeNull();
  });

  test("shortens a path and a host that are too long to be keys", () => {
    expect(parsePageUrl(`/${"p".repeat(3000)}`)?.path).toHaveLength(1024);
    expect(parsePageUrl(`https://e.com/${"p".repeat(3000)}`)?.path).toHaveLength(1024);
    expect(parsePageUrl(`app://${"h".repeat(300)}/x`)?.host).toBe("h".repeat(256));
    expect(hostOf(`app://${"h".repeat(300)}/x`)).toBe("h".repeat(256));
    expect(parsePageUrl(`/?utm_source=${"s".repeat(300)}`)?.utm_source).toBe("s".repeat(256));
  });
});

describe("a campaign", () => {
  const fields = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"] as const;
  const piece = fc.oneof(
    fc.constantFrom(
      ...fields,
      "utm%5fsource",
      "utm%5Fterm",
      "utm_",
      "&",
      "&",
      "=",
      "=",
      "%",
      "%20",
      "%ed%a0%80",
      "%00",
    ),
    fc.constantFrom("+", " ", "?", "a", "한", "\ud800", "UTM_SOURCE", "x"),
  );

  test("is read as URLSearchParams reads it, whatever the query holds", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.constantFrom("/", "https://e.com/"), (pieces, start) => {
        const query = pieces.join("");
        const params = new URL(`${start}?${query}`, "http://host").searchParams;
        const page = parsePageUrl(`${start}?${query}`);
        for (const field of fields)
          expect([field, page?.[field] ?? ""]).toEqual([field, cleanText(params.get(field) ?? "", 256)]);
      }),
      { numRuns: 1000 },
    );
  });

  test("is read out of as much of an address as any browser sends", () => {
    const address = (padding: number) => `/?${"& ".repeat(padding / 2)}&utm_source=x`;
    expect(parsePageUrl(address(8_000))?.utm_source).toBe("x");
    expect(parsePageUrl(address(9_000))?.utm_source).toBeUndefined();
    expect(parsePageUrl(`/?utm_source=${"%F0%9F%98%80".repeat(200)}`)?.utm_source).toBe("😀".repeat(128));
  });
});

describe("hostOf", () => {
  test.each([
    ["https://www.google.com/search?q=x", "www.google.com"],
    ["android-app://com.google.android.gm/", "com.google.android.gm"],
    ["/relative", null],
    ["-", null],
    ["about:blank", null],
    ["file:///home/a.html", null],
    ["git+ssh://e.com/x", "e.com"],
    ["HTTPS://E.COM", "e.com"],
  ])("of %j is %j", (url, host) => {
    expect(hostOf(url)).toBe(host);
  });
});
