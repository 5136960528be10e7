/** What in an address or a host begins a visit, as plain code; what becomes of it in a browser is in visits.test.ts. */
import { expect, test } from "vitest";
import { campaignOf, passing } from "../../src/beacon/arrival.ts";
import { paidParameters, parsePageUrl } from "../../src/collect/event/page-url.ts";
import { isPassing, passingDomains } from "../../src/collect/visitor/passing-hosts.ts";

test("the beacon knows every place to pay and to sign in that the server knows", () => {
  expect(passingDomains.length).toBeGreaterThan(20);
  for (const domain of passingDomains) {
    expect([domain, passing.test(domain), passing.test(`a.${domain}`)]).toEqual([domain, true, true]);
    expect([domain, isPassing(domain), isPassing(`a.${domain}`)]).toEqual([domain, true, true]);
    expect([domain, passing.test(`x${domain}`)]).toEqual([domain, false]);
  }
});

test.each(["google.com", "www.google.com", "t.co", "payscale.com", "author.example", "blog.naver.com", "claude.ai"])(
  "%s is a source like any other",
  (host) => {
    expect([passing.test(host), isPassing(host)]).toEqual([false, false]);
  },
);

test.each(paidParameters)("the beacon passes on %s, which says that a click was paid for", (name) => {
  expect(campaignOf(`?id=1&${name}=x`)).toBe(`${name}=x`);
});

test.each([
  ["", ""],
  ["?id=1&token=secret", ""],
  ["?utm_source=a", "utm_source=a"],
  ["?utm_source=a&utm_campaign=b&utm_medium=c", "utm_source=a&utm_campaign=b&utm_medium=c"],
  ["?utm_source=a&amp;utm_medium=c", "utm_source=a&utm_medium=c"],
  ["?id=1&utm_source=a&token=s&utm_campaign=b", "utm_source=a&utm_campaign=b"],
  ["?x=1&gclid=g", "gclid=g"],
  ["?msclkid=m&cid=1", "msclkid=m"],
  ["?n_media=1&n_ad=a", "n_ad=a"],
  ["?DMKW=a", "DMKW=a"],
])("of the query %j the campaign is %j", (query, campaign) => {
  expect(campaignOf(query)).toBe(campaign);
  const { url: _, ...whole } = parsePageUrl(`https://e.com/${query}`) ?? {};
  const { url: __, ...kept } = parsePageUrl(`https://e.com/?${campaign}`) ?? {};
  expect(kept).toEqual(whole);
});
