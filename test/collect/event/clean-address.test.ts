import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressCleaner } from "../../../src/collect/event/clean-address.ts";

const clean = addressCleaner("");

test.each([
  ["https://e.com/reset?token=s3cret&email=anna@e.com&lang=ko", "https://e.com/reset?lang=ko"],
  ["https://e.com/reset?token=s3cret", "https://e.com/reset"],
  ["/reset?lang=ko&token=s3cret#top", "/reset?lang=ko#top"],
  ["/a?Access_Token=x&X-Amz-Signature=y&user%5Bemail%5D=z&user[phone]=1&api-key=k&b=1", "/a?b=1"],
  ["https://e.com/list;jsessionid=0A1B?x=1#;sid=1", "https://e.com/list?x=1#;sid=1"],
  ["/(S(lit3py55))/list?x=(S(1))", "/list?x=(S(1))"],
  ["/a?ip=203.0.113.7&client_ip=203.0.113.7&remoteAddr=x&b=1", "/a?b=1"],
  ["/a?%74oken=x&b=1", "/a?b=1"],
  ["/a?b=1&amp;token=x&amp;amp;email=y", "/a?b=1"],
  ["/a?b=1&amp%3Btoken=x", "/a?b=1"],
  ["/a?user[email][]=x&e%2Dma%69l[]=y&to ken=1&b=1&x;token=1", "/a?b=1&x;token=1"],
  ["https://e.com/a?b=1&#038;token=x&#38;c=2&#x26;email=y", "https://e.com/a?b=1&amp;c=2"],
  ["https://e.com/cb#access_token=x&state=1", "https://e.com/cb#state=1"],
  ["https://e.com/?sid=1#/reset?token=x&b=1", "https://e.com/#/reset?b=1"],
  ["https://admin:hunter2@e.com/a?b=1", "https://e.com/a?b=1"],
  ["//admin:hunter2@e.com/", "//e.com/"],
  ["https://admin@e.com", "https://e.com"],
  ["https:\\\\admin:hunter2@e.com/", "https:\\\\e.com/"],
  ["https:/admin:hunter2@e.com/", "https:/e.com/"],
  ["HTTPS:admin:hunter2@e.com/", "HTTPS:e.com/"],
  [" https://admin:hunter2@e.com/", " https://e.com/"],
  ["ftp:///admin:hunter2@e.com/", "ftp:///e.com/"],
  ["myapp://admin:hunter2@home", "myapp://home"],
])("%s is kept as %s", (address, kept) => {
  expect(clean(address)).toBe(kept);
});

test.each([
  "https://e.com/a?utm_source=mail&utm_medium=email&tokens=3&page=2#email",
  "/mail?to=x&key=1&a=b=c&&token",
  "https://e.com/@anna?q=a@b.c",
  "https://e.com\\@x",
  "android-app://com.kakao.talk",
  "/%E0%A4%A?%E0%A4%A=1",
  "",
])("%s is kept as it is", (address) => {
  expect(clean(address)).toBe(address);
});

test("has at most fifty parameters, of which none is private", () => {
  const pairs = (count: number) => Array.from({ length: count }, (_, i) => `p${i}=1`).join("&");
  expect(clean(`/a?${pairs(50)}#x`)).toBe(`/a?${pairs(50)}#x`);
  expect(clean(`/a?${pairs(50)}&token=s3cret&b=1#x`)).toBe(`/a?${pairs(50)}#x`);
  expect(clean(`/a?token=s3cret&${pairs(60)}`)).toBe(`/a?${pairs(49)}`);
  expect(clean(`/a?${"token=1&".repeat(60)}`)).toBe("/a");
});

test("more parameters can be named", () => {
  const more = addressCleaner("Member-No, order_id");
  expect(more("/a?memberNo=7&order_id=8&b=9&token=x")).toBe("/a?b=9");
  expect(addressCleaner("비밀")(`/a?비밀=7&${encodeURIComponent("비밀")}=8&%ea%b9=9&b=1`)).toBe("/a?%ea%b9=9&b=1");
  expect(clean("/a?memberNo=7")).toBe("/a?memberNo=7");
});

describe("whatever an address is", () => {
  const parts = fc.constantFrom("token", "=", "&", "?", "#", "/", "@", "https://", "%", "s3cret", "[", "]", ".", "a");
  const addresses = fc.array(parts, { maxLength: 30 }).map((some) => some.join(""));

  test("cleaning it again changes nothing, and nothing is added", () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const once = clean(address);
        expect(clean(once)).toBe(once);
        expect(once.length).toBeLessThanOrEqual(address.length);
      }),
      { numRuns: 2000 },
    );
  });

  test("its path stays, and so does every parameter that is not private", () => {
    const names = fc.constantFrom("a", "b", "page", "token", "email");
    fc.assert(
      fc.property(fc.array(fc.tuple(names, fc.webQueryParameters()), { maxLength: 8 }), (pairs) => {
        const harmless = pairs.filter(([name]) => name !== "token" && name !== "email");
        const write = (some: typeof pairs) => some.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
        const query = (some: string[]) => (some.length === 0 ? "" : `?${some.join("&")}`);
        expect(clean(`https://e.com/p${query(write(pairs))}`)).toBe(`https://e.com/p${query(write(harmless))}`);
      }),
    );
  });
});
